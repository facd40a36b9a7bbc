import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ERRORS } from '@perch/broker-bridge/protocol/errors.ts';
import { type MessageOf, RESTART_REASONS } from '@perch/broker-bridge/protocol/messages.ts';
import { LOADED_WAIT_MS } from './ok.ts';
import { RECORDS_PAGE } from './store/contract.ts';
import { WAITING_ROWS_LIMIT } from './store/group-commit.ts';
import { report, setUp } from './testing/dispatcher-bench.ts';

type Report = MessageOf<'monitorRecord'>;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const [BOOT, EARLIER] = [new Uint8Array(16).fill(0xb0), new Uint8Array(16).fill(0xe0)];
const [STREAM, OLD_STREAM] = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)];
const NOW = { bootId: BOOT, stream: STREAM };
const GAP = { from: 1, to: 3, count: 3, since: 100, until: 300, why: 3 };
const refused = (re: number, code: keyof typeof ERRORS) => ({
  name: 'refused',
  re,
  code: ERRORS[code].number,
});

/** A board that is let in and has said Hello. */
async function greeted(t: Parameters<typeof setUp>[0], own: Parameters<typeof setUp>[1] = {}) {
  const bench = await setUp(t, own);
  const pi = bench.board();
  await pi.approve();
  await pi.greet(NOW);
  return { ...bench, pi, records: () => bench.store.records('pi-1', { order: 'oldest' }) };
}

test('a backlog from before the last boot is stored as it was taken, and what is lost of it is counted', async (t) => {
  const { pi, store, records } = await greeted(t);
  const backlog = report(4, 5);
  await pi.send({
    ...backlog,
    version: '0.2.0',
    stream: OLD_STREAM,
    boots: [EARLIER],
    versions: ['0.1.0'],
    records: backlog.records.map((record) => ({ ...record, boot: 0, version: 0 })),
    gaps: [GAP],
  });
  assert.equal(pi.open().name, 'ok');
  await pi.send({ ...report(1), version: '0.2.0' });
  assert.equal(pi.open().name, 'ok');
  assert.deepEqual(
    (await records()).map(({ stream, number, boot, version }) => [stream, number, boot, version]),
    [
      [hex(STREAM), 1, hex(BOOT), '0.2.0'],
      [hex(OLD_STREAM), 4, hex(EARLIER), '0.1.0'],
      [hex(OLD_STREAM), 5, hex(EARLIER), '0.1.0'],
    ],
  );
  const [gap] = await store.gaps('pi-1');
  assert.deepEqual(
    [gap?.stream, gap?.from, gap?.to, gap?.missing, gap?.why],
    [hex(OLD_STREAM), 1, 3, 3, 'stopped'],
  );
});

test('gaps are acknowledged with the report that carries them, also one without records', async (t) => {
  const { pi, store } = await greeted(t);
  for (const gap of [GAP, { ...GAP, to: 4, count: 4 }]) {
    const re = await pi.send({ ...report(), gaps: [gap] });
    assert.deepEqual(pi.open(), { name: 'ok', re });
  }
  assert.deepEqual(
    (await store.gaps('pi-1')).map(({ to, count }) => [to, count]),
    [[4, 4]],
  );
});

test('a record that refers to a boot or a version that its message lacks is refused, and nothing of it stored', async (t) => {
  const { pi, records } = await greeted(t);
  const [first, second] = report(1, 2).records as [Report['records'][0], Report['records'][0]];
  for (const wrong of [
    { ...report(), boots: [EARLIER], records: [first, { ...second, boot: 1 }] },
    { ...report(), records: [first, { ...second, version: 0 }] },
    { ...report(1), gaps: [{ ...GAP, to: 0 }] },
  ]) {
    const re = await pi.send(wrong);
    assert.deepEqual(pi.open(), refused(re, 'MALFORMED'));
  }
  assert.deepEqual(await records(), []);
  await pi.send(report(1));
  assert.equal(pi.open().name, 'ok', 'the session goes on');
});

test('a board without the time is told it, and its records are repaired when they come again', async (t) => {
  const { pi, clock, records } = await greeted(t);
  const [record] = report(1).records as [Report['records'][0]];
  const lost = { ...record, timestamp: 90_000, sinceBoot: 45_000, unsynchronised: true };
  const re = await pi.send({ ...report(), records: [lost] });
  assert.deepEqual(pi.open(), { name: 'ok', re, time: clock.now });
  // The answer was lost on its way; meanwhile the board learned the time elsewhere and sends the record again.
  const { unsynchronised: _, ...repaired } = { ...lost, timestamp: clock.now - 1000 };
  const again = await pi.send({ ...report(), records: [repaired] });
  assert.deepEqual(pi.open(), { name: 'ok', re: again });
  assert.deepEqual(
    (await records()).map(({ timestamp, synchronised }) => [timestamp, synchronised]),
    [[clock.now - 1000, true]],
  );
  const asked = await pi.send({ ...report(), timeless: true });
  assert.deepEqual(pi.open(), { name: 'ok', re: asked, time: clock.now });
});

test('a board with a restored card overwrites nothing, loses nothing, is told each time, and a person once', async (t) => {
  const { pi, board, notes, store, records } = await greeted(t);
  await pi.send(report(1, 2));
  assert.equal(pi.open().name, 'ok');
  const restored = board('pi-1', pi.key);
  await restored.greet({ ...NOW, bootId: EARLIER });
  const later = (...numbers: number[]): Report => ({
    ...report(),
    records: report(...numbers).records.map((record) => ({ ...record, timestamp: record.number + 1000 })),
  });
  for (const message of [later(1), later(1), later(2)]) {
    const re = await restored.send(message);
    assert.deepEqual(restored.open(), { name: 'ok', re, behind: true });
  }
  const re = await restored.send(later(3));
  assert.deepEqual(restored.open(), { name: 'ok', re }, 'a number that nobody used');
  assert.deepEqual(
    (await records()).map(({ number, timestamp }) => [number, timestamp]),
    [
      [1, 1],
      [2, 2],
      [1, 1001],
      [2, 1002],
      [3, 1003],
    ],
  );
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /an old image was restored, or its card was copied/);
  assert.equal((await store.devices()).length, 1);
});

test('while the store is loaded the OK asks the board to hold its backlog', async (t) => {
  let waiting = WAITING_ROWS_LIMIT;
  const { pi } = await greeted(t, { wrap: (real) => ({ ...real, waitingRows: () => waiting }) });
  const re = await pi.send(report(1));
  assert.deepEqual(pi.open(), { name: 'ok', re, wait: LOADED_WAIT_MS });
  waiting = 0;
  const next = await pi.send(report(2));
  assert.deepEqual(pi.open(), { name: 'ok', re: next });
});

test('while another program holds the database a report is refused, and stored when it comes again', async (t) => {
  const { pi, path, store, records } = await greeted(t);
  await pi.send(report());
  assert.equal(pi.open().name, 'ok');
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  const re = await pi.send({ ...report(1, 2), gaps: [{ ...GAP, from: 3, to: 3, count: 1 }] });
  assert.deepEqual(pi.open(), refused(re, 'BUSY'));
  other.exec('ROLLBACK');
  other.close();
  assert.deepEqual([await records(), await store.gaps('pi-1')], [[], []]);
  await pi.send({ ...report(1, 2), gaps: [{ ...GAP, from: 3, to: 3, count: 1 }] });
  assert.equal(pi.open().name, 'ok');
  assert.equal((await records()).length, 2);
  assert.equal((await store.gaps('pi-1')).length, 1);
});

test('with a full disk a report is refused, what had an OK is there, and the server goes on', async (t) => {
  const { pi, records, dispatcher } = await greeted(t, { room: 16 });
  let acknowledged = 0;
  for (;;) {
    const numbers = Array.from({ length: 100 }, (_, index) => acknowledged + index);
    const re = await pi.send(report(...numbers));
    const answer = pi.open();
    if (answer.name !== 'ok') {
      assert.deepEqual(answer, refused(re, 'DISK'));
      break;
    }
    acknowledged += 100;
  }
  assert.ok(acknowledged > 0 && acknowledged < RECORDS_PAGE);
  assert.equal((await records()).length, acknowledged);
  assert.equal(dispatcher.counters.get('DISK'), 1);
  assert.equal((await pi.greet(NOW)).name, 'helloClient');
});

test('why the agent was started anew is believed with the first report, kept, and told when it is trouble', async (t) => {
  const { board, store, notes, clock } = await setUp(t);
  const pi = board();
  await pi.approve();
  const start = async (reason: (typeof RESTART_REASONS)[number], count: number, detail?: string) => {
    const restart = {
      reason: RESTART_REASONS.indexOf(reason),
      count,
      ...(detail === undefined ? {} : { detail }),
    };
    await pi.greet({ restart });
  };
  const known = async () => (await store.devicesOf('pi-1'))[0]?.restart;
  const spoken = async (...numbers: number[]) => {
    await pi.send(report(...numbers));
    assert.equal(pi.open().name, 'ok');
  };
  await start('stalled', 7, 'the sampler');
  assert.deepEqual([await known(), notes], [undefined, []], 'a Hello can be replayed');
  await spoken(1);
  assert.deepEqual(await known(), { reason: 'stalled', count: 7, detail: 'the sampler', at: clock.now });
  await spoken(2);
  assert.deepEqual(notes, ['start 7, since it made no progress: the sampler'], 'once');
  await start('update', 8);
  await spoken(3);
  await pi.greet();
  await spoken(4);
  assert.deepEqual(await known(), { reason: 'update', count: 8, at: clock.now }, 'until it is started again');
  assert.equal(notes.length, 1);
});
