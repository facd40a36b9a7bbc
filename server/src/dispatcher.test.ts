import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEnvelope } from '@perch/broker-bridge/protocol/envelope.ts';
import { ERRORS, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { HELLO_PAYLOAD_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import { HELLO_RATE, PENDING_RATE } from './dispatcher.ts';
import {
  HELLO,
  METADATA,
  OBJECT,
  PREFIX,
  RELEASE,
  report,
  STORED,
  setUp,
} from './testing/dispatcher-bench.ts';

test('a replayed Hello displaces no live session and changes nothing that the store knows', async (t) => {
  const { store, dispatcher, handle, board, out } = await setUp(t);
  const pi = board();
  await pi.approve();
  const { payload, finish } = pi.hello({ version: '0.0.9' });
  await handle('pi-1', payload);
  finish();
  await pi.send(report(1));
  assert.equal(pi.open().name, 'ok');
  const [before, live] = [await store.devices(), dispatcher.sessions.live()];
  for (let times = 0; times < 10; times++) await handle('pi-1', payload);
  assert.deepEqual(await store.devices(), before);
  assert.deepEqual(dispatcher.sessions.live(), live);
  out.length = 0;
  await pi.send(report(2));
  assert.equal(pi.open().name, 'ok', 'the session goes on');
});

test('what Hello tells is written down with the first message under its keys, not before', async (t) => {
  const { store, board } = await setUp(t);
  const pi = board();
  await pi.approve();
  await pi.greet({ version: '0.0.9' });
  assert.equal((await store.devices())[0]!.version, '0.1.0');
  await pi.send({ ...report(), version: '0.0.9' });
  assert.equal((await store.devices())[0]!.version, '0.0.9');
});

test('a Hello that was recorded for one alias opens under no other', async (t) => {
  const { dispatcher, handle, board, out } = await setUp(t);
  await handle('pi-2', board('pi-1').hello().payload);
  assert.equal(dispatcher.counters.get('NOT_AUTHENTIC'), 1);
  assert.equal(out.length, 0);
});

test('a stranger is answered with Not Whitelisted and shown to people', async (t) => {
  const { store, board } = await setUp(t);
  assert.deepEqual(await board().greet(), { name: 'notWhitelisted' });
  assert.deepEqual(
    (await store.devices()).map(({ alias, status }) => [alias, status]),
    [['pi-1', 'pending']],
  );
});

test('another key of an approved alias is a stranger', async (t) => {
  const { board } = await setUp(t);
  await board().approve();
  assert.equal((await board().greet()).name, 'notWhitelisted');
});

test('a one-time secret lets one key in, once', async (t) => {
  const { store, board, clock } = await setUp(t);
  const secret = new Uint8Array(16).fill(9);
  const created = clock.now;
  await store.addEnrolment({
    alias: 'pi-1',
    secretSha256: sha256Hex(secret),
    created,
    expires: created + 1000,
  });
  assert.equal((await board('pi-1').greet({ secret })).name, 'helloClient');
  assert.equal((await board('pi-1').greet({ secret })).name, 'notWhitelisted');
});

test('Hellos are answered at a bounded rate per alias, and other aliases do not pay for it', async (t) => {
  const { dispatcher, clock, handle, board, out } = await setUp(t);
  const { payload } = board('pi-1').hello();
  for (let times = 0; times < HELLO_RATE.perAlias.burst + 5; times++) await handle('pi-1', payload);
  assert.equal(out.length, HELLO_RATE.perAlias.burst);
  assert.equal(dispatcher.counters.get('BUSY'), 5);
  out.length = 0;
  await board('pi-2').greet();
  clock.now += 1000;
  for (let times = 0; times < 10; times++) await handle('pi-1', payload);
  assert.equal(out.length, HELLO_RATE.perAlias.perSecond);
});

test('bytes that can be no handshake cost a board no turn, and neither does a replayed Hello', async (t) => {
  const { handle, board, out, dispatcher } = await setUp(t);
  const pi = board();
  await pi.approve();
  const junk = encodeEnvelope({ type: 'hello', noise: new Uint8Array(95) });
  for (let i = 0; i < HELLO_RATE.perAlias.burst * 2; i++) await handle('pi-1', junk);
  const { payload, finish } = pi.hello();
  await handle('pi-1', payload);
  assert.equal(finish().name, 'helloClient');
  for (let i = 0; i < HELLO_RATE.perAlias.burst * 2; i++) await handle('pi-1', payload);
  assert.equal(out.length, 0);
  assert.equal(dispatcher.counters.get('REPLAYED'), HELLO_RATE.perAlias.burst * 2);
  assert.equal((await board('pi-1', pi.key).greet()).name, 'helloClient', 'its next one is answered');
});

test('what a board told is written at its next report when the write failed', async (t) => {
  let broken = false;
  const { board, store, view } = await setUp(t, {
    wrap: (real) => ({
      ...real,
      updateDevice: (...args) =>
        broken ? Promise.reject(new PerchError('DISK', 'full')) : real.updateDevice(...args),
    }),
  });
  const pi = board();
  await pi.approve();
  await pi.greet();
  broken = true;
  await pi.send({ ...report(1), version: '0.1.1' });
  pi.open();
  broken = false;
  await pi.send({ ...report(2), version: '0.1.1' });
  await view.refreshDevice('pi-1');
  assert.equal((await store.devicesOf('pi-1'))[0]?.version, '0.1.1');
});

test('a message of a session that the server does not hold is answered with a hint, at a bounded rate', async (t) => {
  const { dispatcher, clock, handle, answers, out } = await setUp(t);
  const tag = Uint8Array.of(1, 2, 3, 4);
  const payload = encodeEnvelope({ type: 'sealed', tag, counter: 0, body: new Uint8Array(20) });
  for (let times = 0; times < 10; times++) await handle('pi-1', payload);
  assert.deepEqual(Uint8Array.from(answers('sayHello').tag), tag);
  assert.equal(out.length, 0);
  clock.now += 2000;
  await handle('pi-1', payload);
  answers('sayHello');
  assert.equal(dispatcher.counters.get('UNKNOWN_SESSION'), 11);
});

test('an approval names the handshake of the board that waits', async (t) => {
  const { dispatcher, view, store, board, answers, out } = await setUp(t);
  const pi = board();
  await pi.greet();
  await store.approve('pi-1');
  await view.refreshDevice('pi-1');
  await dispatcher.changed('pi-1', 'approved');
  assert.equal(answers('sayHello').tag.length, 4);
  await dispatcher.changed('pi-2', 'approved');
  assert.equal(out.length, 0, 'nobody waits under that alias');
});

test('a config that changes reaches a connected board at once, and no longer one that was revoked', async (t) => {
  const { dispatcher, view, store, board, out } = await setUp(t);
  const pi = board();
  await pi.approve();
  await pi.greet();
  const set = async (text: string) => {
    await store.addConfig('pi-1', text, [], 0);
    view.refreshConfig('pi-1');
    await dispatcher.changed('pi-1', 'configChanged');
  };
  await set('{"period":"3s","sensors":[]}');
  const pushed = pi.open();
  assert.ok(pushed.name === 'reconfigure' && pushed.config.json.includes('3s'), pushed.name);
  await store.revoke('pi-1');
  await view.refreshDevice('pi-1');
  await set('{"period":"4s","sensors":[]}');
  assert.equal(out.length, 0);
});

test('only a Hello may be inside a Hello, and none after it', async (t) => {
  const { dispatcher, handle, board } = await setUp(t);
  const pi = board();
  await pi.approve();
  await handle('pi-1', pi.hello({}, report(1)).payload);
  assert.equal(dispatcher.counters.get('MALFORMED'), 1);
  await pi.greet();
  await pi.send(HELLO);
  assert.equal(dispatcher.counters.get('MALFORMED'), 2);
});

test('records are stored with an older version, and the answer says what to run', async (t) => {
  const { store, view, board } = await setUp(t);
  await store.addReleases([RELEASE], []);
  await view.refreshReleases();
  const pi = board();
  await pi.approve();
  assert.equal((await pi.greet()).name, 'versionMismatch');
  const counter = await pi.send(report(1));
  const answer = pi.open();
  assert.ok(answer.name === 'versionMismatch' && answer.re === counter);
  assert.equal((await store.records('pi-1')).length, 1);
  await pi.send({ ...report(2), update: { sequence: 2, state: 0 } });
  assert.equal(pi.open().name, 'ok', 'a board that has it in hand is not told again');
});

test('Prepare is answered with the metadata that the board lacks and with what carries the release, or with when to ask again', async (t) => {
  const { store, view, board } = await setUp(t);
  const next = { ...RELEASE, version: '0.3.0', sequence: 3, sha256: '33'.repeat(32) };
  await store.addReleases([RELEASE, next], []);
  await view.refreshReleases();
  const pi = board();
  await pi.approve();
  await pi.greet();
  const prepare = (version: string): MessageOf<'prepare'> => ({
    ...{ name: 'prepare', version, root: 0, timestamp: 0, snapshot: 0, targets: 0 },
  });
  const re = await pi.send(prepare('0.2.0'));
  assert.deepEqual(pi.open(), {
    ...{ name: 'prepared', re, metadata: Buffer.from(METADATA) },
    object: { sha256: Buffer.from(STORED.sha256, 'hex'), length: STORED.length },
  });
  const later = await pi.send(prepare('0.3.0'));
  assert.deepEqual(pi.open(), { name: 'prepared', re: later, metadata: Buffer.from(METADATA), wait: 7000 });
  const unknown = await pi.send(prepare('0.4.0'));
  assert.deepEqual(pi.open(), { name: 'refused', re: unknown, code: ERRORS.NO_TARGET.number });
});

test('a config that does not fit into Hello follows as Reconfigure', async (t) => {
  const { store, board } = await setUp(t);
  const pi = board();
  await pi.approve();
  const text = JSON.stringify({ note: 'x'.repeat(HELLO_PAYLOAD_LIMIT) });
  await store.addConfig('pi-1', text, ['n'], 0);
  const hello = await pi.greet();
  assert.ok(hello.name === 'helloClient' && hello.config === undefined);
  await pi.send({ ...report(1), configVersion: 0 });
  const answer = pi.open();
  assert.ok(answer.name === 'reconfigure' && answer.re === 0);
  assert.deepEqual(answer.config, { version: 1, json: text, items: ['n'] });
});

test('a fetch is answered frame by frame, one fetch at a time, or with the code that says why not', async (t) => {
  let reading = (): void => {};
  const started = new Promise<void>((resolve) => {
    reading = resolve;
  });
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { store, view, handle, board } = await setUp(t, {
    readObject: async (_, offset, length) => {
      reading();
      await gate;
      return OBJECT.subarray(offset, offset + length);
    },
  });
  await store.addReleases([RELEASE], []);
  await view.refreshReleases();
  const pi = board();
  await pi.approve();
  await pi.greet();
  const object = new Uint8Array(Buffer.from(STORED.sha256, 'hex'));
  const fetch = (more: Partial<MessageOf<'fetch'>>): MessageOf<'fetch'> => ({
    name: 'fetch',
    object,
    frame: 4096,
    offsets: [4096],
    ...more,
  });
  const first = pi.seal(fetch({}));
  const answered = handle('pi-1', first.payload);
  await started;
  const second = await pi.send(fetch({}));
  const busy = pi.open();
  assert.deepEqual(busy, { name: 'refused', re: second, code: ERRORS.BUSY.number });
  go();
  await answered;
  const frame = pi.open();
  assert.ok(frame.name === 'executableBytes' && frame.re === first.counter && frame.offset === 4096);
  assert.deepEqual(Uint8Array.from(frame.bytes), OBJECT.subarray(4096));
  const unknown = await pi.send(fetch({ object: new Uint8Array(32) }));
  assert.deepEqual(pi.open(), { name: 'refused', re: unknown, code: ERRORS.UNKNOWN_OBJECT.number });
});

test('an error of the server itself is counted as INTERNAL, and the session goes on', async (t) => {
  let broken = true;
  const { dispatcher, board, out } = await setUp(t, {
    wrap: (real) => ({
      ...real,
      addRecords: (...args) =>
        broken ? Promise.reject(new TypeError('a fault of ours')) : real.addRecords(...args),
    }),
  });
  const pi = board();
  await pi.approve();
  await pi.greet();
  await pi.send(report(1));
  assert.deepEqual([dispatcher.counters.get('INTERNAL'), out.length], [1, 0]);
  broken = false;
  await pi.send(report(1));
  assert.equal(pi.open().name, 'ok');
});

test('a last will is noted and believed in nothing', async (t) => {
  const { dispatcher, handle, board, notes } = await setUp(t);
  const pi = board();
  await pi.approve();
  await pi.greet();
  await pi.send(report(1));
  pi.open();
  await handle('pi-1', encodeEnvelope({ type: 'gone' }));
  assert.deepEqual(notes, ['its link broke']);
  assert.equal(dispatcher.sessions.live().length, 1);
});

test('a topic that names no alias is counted', async (t) => {
  const { dispatcher } = await setUp(t);
  for (const topic of [`${PREFIX}/PI/req`, `${PREFIX}/pi/res`, `${PREFIX}/../req`, 'other/pi/req', ''])
    await dispatcher.handle(topic, new Uint8Array(0));
  assert.equal(dispatcher.counters.get('BAD_ALIAS'), 5);
});

test('a flood of unknown keys is refused without a write for each', async (t) => {
  const { store, board, handle, out } = await setUp(t);
  const flood = PENDING_RATE.burst + 50;
  for (let i = 0; i < flood; i++) {
    const stranger = board(`stranger-${i}`);
    await handle(`stranger-${i}`, stranger.hello().payload);
  }
  assert.equal(out.length, flood, 'each is answered');
  assert.equal((await store.devices()).length, PENDING_RATE.burst);
});
