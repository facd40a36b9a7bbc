import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import { ERRORS } from '@perch/broker-bridge/protocol/errors.ts';
import type { MessageOf, ServerMessage } from '@perch/broker-bridge/protocol/messages.ts';
import { requestTopic, responseTopic } from '@perch/broker-bridge/protocol/topics.ts';
import type { Device, Release } from '../../server/src/store/contract.ts';
import { Insider } from './insider.ts';
import { mutate } from './mutate.ts';
import { mutateMessage } from './mutate-message.ts';
import { type Random, seeded } from './random.ts';
import { type Board, PLATFORM, PREFIX, VERSION, World } from './world.ts';

/** Mutated messages at each end: half from outside, half under true session keys. */
const STORM = 30_000;
const SEED = 20_260_101;

const OBJECT = Uint8Array.from({ length: 40_000 }, (_, index) => (index * 7) & 255);
const RELEASE: Release = {
  platform: PLATFORM,
  version: '0.2.0',
  sequence: 2,
  length: 90_000,
  sha256: '11'.repeat(32),
  indexSha256: '12'.repeat(32),
  created: 0,
};
const PREPARE = {
  version: RELEASE.version,
  ...{ root: 1, timestamp: 1, snapshot: 1, targets: 1 },
  have: new Uint8Array(32).fill(0x33),
};
const FETCH: MessageOf<'fetch'> = {
  name: 'fetch',
  object: new Uint8Array(32).fill(0x22),
  frame: 16_384,
  offsets: [0, 16_384],
};
const HELLO: MessageOf<'helloServer'> = {
  name: 'helloServer',
  version: VERSION,
  platform: PLATFORM,
  configVersion: 0,
  bootId: new Uint8Array(16),
  stream: new Uint8Array(8).fill(8),
  clock: 0,
  synchronised: true,
  refused: { version: 1, detail: 'no such bus' },
  update: { sequence: 2, state: 2, code: 18 },
};
const REPORT: MessageOf<'monitorRecord'> = {
  name: 'monitorRecord',
  version: VERSION,
  configVersion: 1,
  records: [1, 2].map((number) => ({
    number,
    timestamp: 1_760_000_000_000,
    per: 10_000,
    values: new Map<number | string, number | string | boolean>([
      [0, 21.7],
      [1, -3_000_000_000],
      [2, 'ok'],
      ['n', true],
    ]),
    errors: new Map([[3, 'nak']]),
    configVersion: 2,
    unsynchronised: true,
  })),
  update: { sequence: 2, state: 0, percent: 10 },
};
const CONFIG = { version: 9, json: '{"sensors":[]}', items: ['a.b', 'c.d'] };
const FROM_SERVER: ServerMessage[] = [
  { name: 'helloClient', time: 1_760_000_000_000, config: CONFIG },
  { name: 'versionMismatch', re: 1, version: RELEASE.version },
  { name: 'prepared', re: 1, metadata: OBJECT.subarray(0, 50), wait: 1000 },
  { name: 'prepared', re: 1, object: { sha256: new Uint8Array(32), length: 330, patch: true } },
  { name: 'ok', re: 1 },
  { name: 'reconfigure', config: CONFIG },
  { name: 'reconfigure', re: 1, config: CONFIG },
  { name: 'notWhitelisted' },
  { name: 'executableBytes', re: 1, offset: 16_384, bytes: OBJECT.subarray(0, 100) },
  { name: 'refused', re: 1, code: 11 },
];

/** What a stranger must not be able to change. When a board was last seen is a hint for people. */
const known = (devices: Device[]): unknown[] => devices.map(({ lastSeen: _, ...device }) => device);

/** A world in which every kind of message has been on the wire. */
async function busyWorld(t: TestContext): Promise<{ world: World; boards: [Board, Board] }> {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const world = await World.open(t.mock.timers, { seed: SEED });
  t.after(() => world.close());
  world.object = OBJECT;
  const boards: [Board, Board] = [
    await world.board('pi-1', { seed: 1 }),
    await world.board('pi-2', { seed: 2 }),
  ];
  const stranger = await world.board('pi-3', { approved: false, seed: 3 });
  for (const board of [...boards, stranger]) board.link.restore();
  for (const board of boards) {
    board.take(1);
    await world.until('the board is in', () => board.outbox.size === 0);
  }
  await world.store.addConfig('pi-1', '{"sensors":[]}', ['n'], world.now);
  world.view.refreshConfig('pi-1');
  await world.dispatcher.changed('pi-1', 'configChanged');
  await world.settle();
  await world.store.addReleases([RELEASE], []);
  await world.view.refreshReleases();
  await world.rollouts.reload();
  await world.dispatcher.changed('pi-2', 'releaseChanged');
  boards[0].runner.prepare(PREPARE);
  await world.settle();
  boards[0].runner.fetch(FETCH.object, FETCH.frame, FETCH.offsets);
  await world.settle();
  boards[0].runner.fetch(new Uint8Array(32), FETCH.frame, FETCH.offsets);
  await world.settle();
  boards[1].take(2);
  await world.settle();
  await world.advance(5000);
  const stray = encodeEnvelope({
    type: 'sealed',
    tag: Uint8Array.of(9, 9, 9, 9),
    counter: 0,
    body: new Uint8Array(30),
  });
  await world.dispatcher.handle(requestTopic(PREFIX, 'pi-1'), stray);
  world.carried.push({ topic: requestTopic(PREFIX, 'pi-2'), payload: encodeEnvelope({ type: 'gone' }) });
  await world.advance(1000);
  assert.deepEqual(
    [boards[0].prepared.length, boards[0].frames.length, boards[0].refusals, boards[1].offers > 0],
    [1, 2, ['UNKNOWN_OBJECT'], true],
  );
  const kinds = new Set(world.carried.map(({ payload }) => payload[1]));
  assert.deepEqual([...kinds].sort(), [1, 2, 3, 4, 5], 'every envelope was on the wire');
  return { world, boards };
}

/** All faults have codes of errors.ts; an exception of the program itself would be INTERNAL. */
function onlyCoded(faults: ReadonlyMap<string, number>): void {
  for (const code of faults.keys()) assert.ok(code in ERRORS || / /.test(code), code);
}

/** Half of the changes are in bytes, half in the members of a message. */
const change = (plaintext: Uint8Array, random: Random, others: readonly Uint8Array[]): Buffer =>
  random.below(2) === 0 ? mutate(plaintext, random, others) : mutateMessage(plaintext, random);

/** A record of each board arrives under the session that it had before. */
async function stillServes(world: World, boards: readonly Board[]): Promise<void> {
  for (const board of boards) {
    const before = await world.stored(board.alias);
    board.take(1000);
    await world.until('the record is stored', () => board.outbox.size === 0);
    assert.deepEqual(await world.stored(board.alias), [...before, 1000]);
  }
  const fresh = await world.board('pi-9', { seed: 9 });
  fresh.link.restore();
  fresh.take(1);
  await world.until('a new board comes in', () => fresh.outbox.size === 0);
  assert.deepEqual(await world.stored('pi-9'), [1]);
}

test(`the server stands ${STORM} mutated payloads of strangers, stores none of them and serves on`, async (t) => {
  const { world, boards } = await busyWorld(t);
  const random = seeded(SEED);
  const captured = world.carried.splice(0);
  const payloads = captured.map(({ payload }) => payload);
  const aliases = ['pi-1', 'pi-2', 'pi-3', 'pi-4', '.', 'PI', '+', 'x'.repeat(65)];
  const devices = known(await world.store.devices());
  const hellos = boards.map((board) => board.hellos);
  for (let count = 0; count < STORM; count++) {
    const { topic, payload } = random.pick(captured);
    const sent = random.below(10) === 0 ? payload : mutate(payload, random, payloads);
    const to =
      random.below(4) === 0 ? requestTopic(PREFIX, random.pick(aliases)) : topic.replace(/res$/, 'req');
    world.now += 200; // so that rates allow some Hellos and hints
    await world.dispatcher.handle(to, sent);
    world.carried.length = 0;
  }
  await world.settle();
  const { counters } = world.dispatcher;
  onlyCoded(counters);
  for (const code of [
    'MALFORMED',
    'UNKNOWN_KIND',
    'WRONG_DIRECTION',
    'UNKNOWN_SESSION',
    'REPLAYED',
    'NOT_AUTHENTIC',
    'BAD_ALIAS',
  ])
    assert.ok((counters.get(code) ?? 0) > 50, `the storm reached ${code}: ${counters.get(code)}`);
  assert.deepEqual(known(await world.store.devices()), devices);
  assert.deepEqual([await world.stored('pi-1'), await world.stored('pi-2')], [[1], [1, 2]]);
  assert.deepEqual(
    boards.map((board) => board.hellos),
    hellos,
    'no session was lost',
  );
  await stillServes(world, boards);
  for (const board of boards) onlyCoded(board.runner.faults);
});

test(`the server stands ${STORM} mutated messages under true keys, and nothing of them reaches another board`, async (t) => {
  const { world, boards } = await busyWorld(t);
  const random = seeded(SEED + 1);
  const insiderBoard = await world.board('insider', { seed: 5 });
  const hello = async (payload: Uint8Array): Promise<Uint8Array> => {
    world.carried.length = 0;
    await world.dispatcher.handle(requestTopic(PREFIX, 'insider'), payload);
    return world.carried.at(-1)!.payload;
  };
  const insider = await Insider.asBoard(
    world.primitives,
    'insider',
    insiderBoard.key,
    world.server.publicKey,
    hello,
    HELLO,
  );
  const plaintexts = [HELLO, REPORT, FETCH, { name: 'prepare', ...PREPARE } as const, ...FROM_SERVER].map(
    encodeMessage,
  );
  const theirs = [
    encodeMessage(REPORT),
    encodeMessage(FETCH),
    encodeMessage({ name: 'prepare', ...PREPARE }),
  ];
  const others = async () =>
    known(await world.store.devices()).filter((one) => (one as Device).alias !== 'insider');
  const before = await others();
  const send = (plaintext: Uint8Array) =>
    world.dispatcher.handle(requestTopic(PREFIX, 'insider'), insider.seal(plaintext));
  for (let count = 0; count < STORM; count++) {
    const base = random.below(3) === 0 ? random.pick(plaintexts) : random.pick(theirs);
    await send(change(base, random, plaintexts));
    world.carried.length = 0;
  }
  const { counters } = world.dispatcher;
  onlyCoded(counters);
  for (const code of ['MALFORMED', 'TOO_LONG', 'UNKNOWN_KIND', 'WRONG_DIRECTION'])
    assert.ok((counters.get(code) ?? 0) > 20, `the storm reached ${code}: ${counters.get(code)}`);
  assert.deepEqual(await others(), before);
  assert.deepEqual([await world.stored('pi-1'), await world.stored('pi-2')], [[1], [1, 2]]);
  const live = world.dispatcher.sessions.live().find((peer) => peer.alias === 'insider');
  assert.deepEqual(live?.session.tag, insider.tag, 'its own session goes on as well');
  await send(encodeMessage({ ...REPORT, records: [{ ...REPORT.records[0]!, number: 777_777 }] }));
  const rows = await world.store.records('insider');
  assert.ok(rows.length > 0);
  await stillServes(world, boards);
});

test(`the agent stands ${STORM} mutated payloads of strangers and goes on`, async (t) => {
  const { world, boards } = await busyWorld(t);
  const random = seeded(SEED + 2);
  const captured = world.carried.map(({ payload }) => payload);
  const own = world.carried.flatMap(({ topic, payload }) =>
    topic === responseTopic(PREFIX, 'pi-1') ? [payload] : [],
  );
  const [board] = boards;
  const [config, offers, frames] = [board.configVersion, board.offers, board.frames.length];
  for (let count = 0; count < STORM; count++) {
    const payload = random.pick(random.below(2) === 0 ? own : captured);
    board.runner.receive(random.below(10) === 0 ? payload : mutate(payload, random, captured));
  }
  onlyCoded(board.runner.faults);
  for (const code of [
    'MALFORMED',
    'UNKNOWN_KIND',
    'WRONG_DIRECTION',
    'UNKNOWN_SESSION',
    'REPLAYED',
    'NOT_AUTHENTIC',
  ])
    assert.ok(
      (board.runner.faults.get(code as 'MALFORMED') ?? 0) > 10,
      `the storm reached ${code}: ${board.runner.faults.get(code as 'MALFORMED')}`,
    );
  assert.deepEqual([board.configVersion, board.offers, board.frames.length], [config, offers, frames]);
  await stillServes(world, boards);
});

test(`the agent stands ${STORM} mutated messages of a server that holds its keys, and goes on`, async (t) => {
  const { world } = await busyWorld(t);
  const random = seeded(SEED + 3);
  const alias = 'held';
  const board = await world.board(alias, { seed: 6 });
  let insider: Insider | undefined;
  /** The board says Hello, to the true server and to this one; the test answers for it. */
  const greet = async (): Promise<void> => {
    for (let tries = 0; !board.runner.live; tries++) {
      assert.ok(tries < 4000, 'the board says Hello again');
      const hello = world.carried.findLast(
        ({ topic, payload }) => topic === requestTopic(PREFIX, alias) && payload[1] === 1,
      );
      world.carried.length = 0;
      if (hello === undefined) await world.advance(1000);
      else {
        const answer = Insider.asServer(world.primitives, alias, world.server, hello.payload, {
          name: 'helloClient',
          time: 1,
        });
        insider = answer.insider;
        board.runner.receive(answer.reply);
      }
    }
    world.carried.length = 0;
  };
  board.runner.linkUp(); // its link stays down, so that only the test answers
  const plaintexts = [...FROM_SERVER, REPORT].map(encodeMessage);
  let sessions = 0;
  for (let count = 0; count < STORM; count++) {
    if (!board.runner.live) {
      await greet();
      sessions += 1;
    }
    board.runner.receive(insider!.seal(change(random.pick(plaintexts), random, plaintexts)));
  }
  onlyCoded(board.runner.faults);
  assert.ok(sessions > 1, 'it was told that it is not whitelisted, and came back');
  for (const code of ['MALFORMED', 'TOO_LONG', 'UNKNOWN_KIND', 'WRONG_DIRECTION'])
    assert.ok(
      (board.runner.faults.get(code as 'MALFORMED') ?? 0) > 20,
      `the storm reached ${code}: ${board.runner.faults.get(code as 'MALFORMED')}`,
    );
  assert.ok(world.carried.every(({ topic }) => topic !== responseTopic(PREFIX, alias)));
  await greet();
  board.take(5);
  board.link.restore();
  await world.until('it finds the true server', () => board.outbox.size === 0);
  assert.ok((await world.stored(alias)).includes(5));
});
