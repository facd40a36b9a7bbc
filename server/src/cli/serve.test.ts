import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readToken } from '@perch/broker-bridge/enrolment.ts';
import { mainPath, perchServer } from './run-process.ts';
import { meaningOf, SAME_WISH_MS } from './told-to-end.ts';

interface Serving {
  child: ChildProcess;
  /** Resolves once standard error holds the text; rejects when the process ends before. */
  says(text: string): Promise<void>;
  ended: Promise<number | null>;
}

function serve(dataDir: string, args: string[]): Serving {
  const child = spawn(
    process.execPath,
    [mainPath, 'serve', '--data', dataDir, '--http', '127.0.0.1:0', ...args],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH },
    },
  );
  let err = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (err.includes(text)) resolve();
      };
      child.stderr.on('data', look);
      void ended.then((code) => reject(new Error(`ended with ${code} before it said "${text}":\n${err}`)));
      look();
    });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return { child, says, ended };
}

async function withServing(
  args: string[],
  body: (serving: Serving, dataDir: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-serve-'));
  const dataDir = join(folder, 'data');
  const serving = serve(dataDir, args);
  try {
    await body(serving, dataDir);
  } finally {
    serving.child.kill('SIGKILL');
    await serving.ended;
    rmSync(folder, { recursive: true });
  }
}

test('a server runs once per data folder, takes commands and ends in order', { timeout: 60_000 }, () =>
  withServing(['--listen', '127.0.0.1:0'], async ({ child, says, ended }, dataDir) => {
    await says('connected');
    const run = (args: string[]) => perchServer(args, { cwd: dataDir, env: { PERCH_DATA: dataDir } });
    const second = await run(['serve', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']);
    assert.equal(second.code, 1);
    assert.match(
      second.err,
      /^perch-server: a server, or a command .* is already at work in the data folder /,
    );
    const status = JSON.parse((await run(['status', '--json'])).out);
    assert.equal(status.pid, child.pid);
    const token = readToken((await run(['enroll', 'pi-1'])).out);
    assert.equal(token.broker, status.broker, 'the port that was taken, not the 0 that was asked for');
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
    assert.equal((await run(['status'])).code, 1);
    assert.equal(readToken((await run(['enroll', 'pi-1'])).out).broker, token.broker, 'remembered');
  }),
);

test('Ctrl-C ends the server while its broker is silent, also when it arrives twice', {
  timeout: 60_000,
}, async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const broker = ['--broker', `mqtt://127.0.0.1:${(silent.address() as AddressInfo).port}`];
  try {
    await withServing(broker, async ({ child, says, ended }) => {
      if (sockets.length === 0) await once(silent, 'connection');
      child.kill('SIGINT');
      child.kill('SIGINT');
      await says('once more ends at once');
      assert.equal(await ended, 0);
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});

test('signals of one key press are one wish; a later one ends at once', () => {
  assert.equal(meaningOf(undefined, 5_000), 'end');
  assert.equal(meaningOf(5_000, 5_000 + SAME_WISH_MS - 1), 'same');
  assert.equal(meaningOf(5_000, 5_000 + SAME_WISH_MS), 'now');
});
