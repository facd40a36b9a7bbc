import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Clock, DISAGREE_MS, RETELL_ABOVE_MS, SYNCHRONISED_WITHIN_MS } from './clock.ts';
import { kernelClock } from './kernel-clock.ts';
import { DRIFT_BOUND, ROUND_TRIP_LIMIT_MS } from './reference.ts';
import { repair, type Timed } from './repair.ts';
import { TestBoard, turn } from './testing/test-board.ts';

const NOON = Date.UTC(2026, 5, 1, 12);
const HOUR = 3_600_000;

function boardOf(truth: number, wall = truth) {
  const board = new TestBoard(truth, wall);
  const offsets: number[] = [];
  const notes: string[] = [];
  const clock = new Clock(board, {
    offsetKnown: (offset) => offsets.push(offset),
    note: (text) => notes.push(text),
  });
  return { board, clock, offsets, notes };
}

describe('the time of a record', () => {
  test('a board without an RTC starts in 1970 and says so; the server\u2019s Hello sets it right, half a round trip included', async () => {
    const { board, clock, offsets } = boardOf(NOON, 5_000);
    assert.deepEqual(clock.now(), { timestamp: 5_000, synchronised: false, sinceBoot: 20_000 });
    assert.equal(clock.timeless, true);
    assert.equal(clock.offset, undefined);

    const asked = board.truth;
    board.pass(300);
    clock.tell(asked + 150, 300);
    assert.deepEqual(clock.now(), { timestamp: NOON + 300, synchronised: true, sinceBoot: 20_300 });
    assert.equal(clock.timeless, false);
    assert.equal(clock.offset, NOON - 20_000);
    assert.deepEqual(offsets, [], 'who asks for the time is not called back meanwhile');
    await turn();
    assert.deepEqual(offsets, [NOON - 20_000], 'told once, for the disk');
    assert.equal(clock.metrics().synchronisedBy, 'server');
    assert.equal(clock.metrics().serverOffsetMs, 5_300 - (NOON + 300));
  });

  test('once a time server\u2019s client keeps the clock, the kernel is believed before the server', async () => {
    const { board, clock, offsets, notes } = boardOf(NOON, 5_000);
    clock.tell(board.truth + 400, 2_000);
    const guessed = clock.now().timestamp;
    assert.equal(guessed, NOON + 1_400);
    board.pass(1_000);
    board.ntp();
    assert.equal(clock.now().timestamp, NOON + 1_000);
    assert.equal(clock.metrics().synchronisedBy, 'kernel');
    await turn();
    assert.equal(offsets.length, 2, 'off by more than a second: told anew');
    assert.deepEqual(notes, []);
  });

  test('a wall clock that is set by hand, forth or back, moves no record while the server\u2019s time is known', () => {
    const { board, clock } = boardOf(NOON, 5_000);
    clock.tell(board.truth, 0);
    for (const wall of [NOON + 30 * 24 * HOUR, 0, NOON - HOUR]) {
      board.set(wall);
      board.pass(10_000);
      assert.ok(Math.abs(clock.now().timestamp - board.truth) <= 1);
      assert.equal(clock.now().synchronised, true);
    }
  });

  test('a suspend counts', () => {
    const { board, clock } = boardOf(NOON, 5_000);
    clock.tell(board.truth, 0);
    board.suspend(8 * HOUR);
    assert.equal(clock.now().timestamp, NOON + 8 * HOUR);
  });

  test('a kernel that is synchronised and far off the server is believed, measured, and noted once', () => {
    const { board, clock, notes } = boardOf(NOON);
    board.synchronised = true;
    clock.tell(NOON - 60_000, 100);
    for (let i = 0; i < 5; i += 1) assert.equal(clock.now().timestamp, NOON);
    assert.equal(clock.metrics().serverOffsetMs, 59_950);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /synchronised and (60\.0|59\.9) s off the server's/);

    clock.tell(NOON, 0);
    clock.now();
    clock.tell(NOON + DISAGREE_MS * 3, 0);
    assert.equal(notes.length, 2, 'it agreed between: said again');
  });

  test('a kernel that says it is synchronised in 1970 is not believed', () => {
    const { board, clock } = boardOf(NOON, 5_000);
    board.synchronised = true;
    assert.equal(clock.now().synchronised, false);
    clock.tell(NOON, 0);
    assert.equal(clock.now().timestamp, NOON);
  });

  test('offline for days: the network\u2019s last word carries on, and is believed as long as drift cannot have spoiled it', () => {
    const { board, clock } = boardOf(NOON);
    board.ntp();
    board.maxErrorMs = 0;
    clock.now();
    board.synchronised = false; // no network for nine hours
    board.set(0); // and somebody who plays with date(1)
    board.drift = 1 + 50e-6;
    const believed = SYNCHRONISED_WITHIN_MS / DRIFT_BOUND;
    board.pass(believed - 1);
    assert.equal(clock.now().synchronised, true);
    assert.ok(Math.abs(clock.now().timestamp - board.truth) < SYNCHRONISED_WITHIN_MS);
    assert.equal(clock.timeless, true, 'the server should tell, if it can be reached');
    board.pass(2);
    assert.equal(clock.now().synchronised, false);
    assert.ok(
      Math.abs(clock.now().timestamp - board.truth) < SYNCHRONISED_WITHIN_MS,
      'the best guess all the same',
    );
    assert.equal(clock.metrics().synchronisedBy, 'none');
    clock.tell(board.truth, 10);
    assert.equal(clock.now().synchronised, true);
    assert.ok(Math.abs(clock.now().timestamp - board.truth) <= 5);
  });

  test('as the kernel grows uncertain without a network, the time from when it was sure is what carries on', () => {
    const { board, clock } = boardOf(NOON);
    board.ntp();
    board.maxErrorMs = 10;
    clock.now();
    board.drift = 1 + 50e-6;
    board.pass(9 * HOUR);
    board.maxErrorMs = 16_000; // 500 us/s, as the kernel reckons
    clock.now();
    board.synchronised = false;
    assert.equal(clock.now().synchronised, true);
    assert.ok(Math.abs(clock.now().timestamp - board.truth) < 9 * 3_600_000 * 50e-6 + 2);
  });

  test('the shortest round trip of late wins: a slow answer moves nothing until drift has eaten the lead of the quick one', () => {
    const { board, clock } = boardOf(NOON, 5_000);
    clock.tell(board.truth, 20); // 10 ms late at most
    const offset = () => clock.now().timestamp - clock.now().sinceBoot;
    const first = offset();
    board.pass(10_000);
    clock.tell(board.truth - 100, 1_800); // nearly all of it on the way there: wrong by 800 ms
    assert.equal(offset(), first);
    board.pass(RETELL_ABOVE_MS / DRIFT_BOUND + 1);
    assert.equal(clock.timeless, true);
    clock.tell(board.truth, 200);
    assert.equal(clock.timeless, false);
    assert.equal(offset(), NOON - 20_000 + 100, 'newer and better by now');
  });

  test('a server whose clock was set is followed: both cannot be right, and the newer word holds', async () => {
    const { board, clock, offsets } = boardOf(NOON, 5_000);
    clock.tell(board.truth - HOUR, 2);
    board.pass(60_000);
    clock.tell(board.truth, 400);
    assert.ok(Math.abs(clock.now().timestamp - board.truth) <= 200);
    await turn();
    assert.equal(offsets.length, 2);
  });

  test('a server in 1970, one in the year 30000 and an answer that took minutes tell nothing', () => {
    const { board, clock } = boardOf(NOON, 5_000);
    clock.tell(12_345, 10);
    clock.tell(8.9e14, 10);
    clock.tell(Number.NaN, 10);
    clock.tell(board.truth, ROUND_TRIP_LIMIT_MS + 1);
    clock.tell(board.truth, -1);
    assert.equal(clock.now().synchronised, false);
    clock.tell(board.truth, ROUND_TRIP_LIMIT_MS);
    assert.equal(clock.now().synchronised, false, 'known within 30 s: a guess, and no more');
    assert.ok(Math.abs(clock.now().timestamp - board.truth) <= ROUND_TRIP_LIMIT_MS / 2);
  });

  test('2038 passes like any other night', () => {
    const rollover = 2 ** 31 * 1_000;
    const { board, clock } = boardOf(rollover - 5, 0);
    clock.tell(board.truth, 0);
    board.pass(10);
    assert.deepEqual(clock.now(), { timestamp: rollover + 5, synchronised: true, sinceBoot: 20_010 });
  });

  test('a leap second: the kernel repeats a second and stays synchronised; the server\u2019s own smear is within what is borne', () => {
    // adjtimex returns TIME_INS (1) on the day, TIME_OOP (3) during 23:59:60, TIME_WAIT (4) after it.
    for (const state of [0, 1, 2, 3, 4])
      assert.equal(kernelClock({ state, status: 0x2001, offset: 0, maxerror: 0 }).synchronised, true);
    assert.equal(kernelClock({ state: 5, status: 0x2001, offset: 0, maxerror: 0 }).synchronised, false);
    assert.equal(kernelClock({ state: 0, status: 0x40, offset: 0, maxerror: 0 }).synchronised, false);

    const midnight = Date.UTC(2027, 0, 1);
    const { board, clock, notes } = boardOf(midnight - 500);
    board.ntp();
    clock.tell(board.truth, 10);
    board.pass(1_000);
    board.set(midnight - 500); // 23:59:60.5 reads as 23:59:59.5 again
    assert.deepEqual(clock.now().timestamp, midnight - 500);
    assert.equal(clock.metrics().serverOffsetMs, -1_005);
    assert.deepEqual(notes, []);
  });
});

test('the kernel\u2019s phase is in us, or in ns where it says so', () => {
  assert.equal(kernelClock({ state: 0, status: 0, offset: 1_500, maxerror: 2_000 }).offsetMs, 1.5);
  assert.deepEqual(kernelClock({ state: 0, status: 0x2000, offset: 1_500_000, maxerror: 2_000 }), {
    synchronised: true,
    offsetMs: 1.5,
    maxErrorMs: 2,
  });
});

describe('records from before the clock was set', () => {
  const boot = new Uint8Array(16).fill(1);
  const earlier = new Uint8Array(16).fill(2);
  const offsetOf = (of: Uint8Array) => (of[0] === 1 ? NOON : of[0] === 2 ? NOON - 48 * HOUR : undefined);
  const record = (fields: Partial<Timed>): Timed => ({
    timestamp: 7_000,
    sinceBoot: 30_000,
    boot,
    unsynchronised: true,
    ...fields,
  });

  test('get their true time once their boot\u2019s offset is known, also those of a boot before that was kept', () => {
    assert.deepEqual(repair(record({}), offsetOf), { timestamp: NOON + 30_000, sinceBoot: 30_000, boot });
    assert.deepEqual(repair(record({ boot: earlier }), offsetOf), {
      timestamp: NOON - 48 * HOUR + 30_000,
      sinceBoot: 30_000,
      boot: earlier,
    });
  });

  test('keep what they say when nobody knows better, and records that are right are left alone', () => {
    const unknown = record({ boot: new Uint8Array(16).fill(3) });
    assert.equal(repair(unknown, offsetOf), unknown);
    const { sinceBoot: _, ...old } = record({});
    assert.equal(repair(old as Timed, offsetOf), old);
    const { unsynchronised: __, ...right } = record({});
    assert.equal(repair(right as Timed, offsetOf), right);
  });
});
