import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultConfigText } from '../../broker-bridge/src/config/default-config.ts';
import { readToken } from '../../broker-bridge/src/enrolment.ts';
import { perform } from '../../server/src/cli/perform.ts';
import type { RunningServer } from '../../server/src/serve-options.ts';
import { runServer } from '../../server/src/server.ts';
import { freePort } from '../e2e/processes.ts';
import { SimulatedBoard } from './simulated-board.ts';

const data = mkdtempSync(join(tmpdir(), 'perch-simulated-'));
const boards: SimulatedBoard[] = [];
let port = 0;
let server: RunningServer;

const serve = (): Promise<RunningServer> =>
  runServer({ dataDir: data, listen: { host: '127.0.0.1', port }, prefix: 'perch/v1', log: () => {} });

function boardOf(token: string): SimulatedBoard {
  const board = new SimulatedBoard({ enrolment: readToken(token), replyTimeoutMs: 5_000 });
  boards.push(board);
  return board;
}

before(async () => {
  port = await freePort();
  server = await serve();
});
after(async () => {
  for (const board of boards) await board.close();
  await server.close();
  rmSync(data, { recursive: true, force: true });
});

test('a simulated board is let in by its secret once, and the server stores what it acknowledges', async () => {
  const { token } = await perform(data, 'enroll', { alias: 'shed' });
  const board = boardOf(token);
  await board.start();
  assert.equal(board.configVersion, 1, 'the default config came with Hello');
  assert.equal(await board.send([board.record(new Map([[0, 0.25]]), Date.now(), 10_000)]), 'ok');
  const { records } = await perform(data, 'records', { alias: 'shed' });
  assert.deepEqual(
    records.map(({ number, values }) => ({ number, values: { ...values } })),
    [{ number: 0, values: { 'sys.load1': 0.25 } }],
  );
  await assert.rejects(boardOf(token).start(), /shed: not whitelisted/, 'another key with the used secret');
});

test('it takes a new config, and records under it are stored', async () => {
  const { token } = await perform(data, 'enroll', { alias: 'barn' });
  const board = boardOf(token);
  await board.start();
  await perform(data, 'configSet', { alias: 'barn', text: defaultConfigText('3s') });
  const replies: string[] = [];
  for (let n = 0; n < 2; n++)
    replies.push(await board.send([board.record(new Map([[0, n]]), Date.now() + n, 3_000)]));
  assert.equal(replies.at(-1), 'ok');
  assert.equal(board.configVersion, 2);
});

test('a server that starts again does not know its session; the board says Hello and goes on', async () => {
  const { token } = await perform(data, 'enroll', { alias: 'gate' });
  const board = boardOf(token);
  await board.start();
  await server.close();
  await assert.rejects(board.send([board.record(new Map(), Date.now(), 1_000)]), /gate: /);
  server = await serve();
  const end = Date.now() + 20_000;
  let reply = '';
  while (reply === '' && Date.now() < end) {
    reply = await board.send([board.record(new Map([[0, 1]]), Date.now(), 1_000)]).catch(() => '');
    await sleep(20);
  }
  assert.equal(reply, 'ok');
  assert.equal(board.counters.hellos, 2);
});
