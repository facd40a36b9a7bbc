import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Clock, type Moment } from './clock.ts';
import { PIECE_MS, Sampler } from './sampler.ts';
import { isOnTime, nextSlot, untilNext } from './slots.ts';
import { TestBoard, TestTimers, turn } from './testing/test-board.ts';

const NOON = Date.UTC(2026, 5, 1, 12);
const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(`2026-06-01T${text}Z`);

/** A board that samples; `hours` are the times its records say. */
function boardOf(truth: number, options: { wall?: number; takes?: number } = {}) {
  const board = new TestBoard(truth, options.wall);
  const timers = new TestTimers(board);
  const clock = new Clock(board);
  const taken: Moment[] = [];
  const realTimes: number[] = [];
  const sampler = new Sampler({
    clock,
    timers,
    async sample() {
      realTimes.push(board.truth);
      if (options.takes !== undefined)
        await new Promise<void>((resolve) => timers.set(() => resolve(), options.takes!));
      return { values: new Map(), errors: new Map() };
    },
    taken: (_sample, moment) => taken.push(moment),
  });
  return {
    board,
    timers,
    clock,
    sampler,
    taken,
    realTimes,
    hours: () => taken.map(({ timestamp }) => new Date(timestamp).toISOString().slice(11, -1)),
  };
}

test('the next sample is at a multiple of the period, and not within a tenth of it from now', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1e12, max: 2e12 }),
      fc.integer({ min: 100, max: 86_400_000 }),
      (wall, period) => {
        const wait = untilNext(wall, period);
        assert.equal((wall + wait) % period, 0);
        assert.ok(wait >= period / 10 && wait <= period * 1.1);
      },
    ),
  );
});

test('whatever the clock does, the next slot is ahead, a multiple, at most two periods away, and new unless the clock went back far', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4e12 }),
      fc.integer({ min: 100, max: 86_400_000 }),
      fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
      (now, period, last) => {
        const slot = nextSlot(now, period, last);
        assert.equal(slot % period, 0);
        assert.ok(slot > now && slot - now <= 2 * period);
        if (last !== undefined && last - now <= period) assert.ok(slot > last - (last % period));
      },
    ),
  );
});

test('a slot that has its sample is not next again when the clock went back a little; when it went back far, it may be', () => {
  const after = (now: string) => nextSlot(at(now), 10_000, at('12:00:10')) - at('12:00:00');
  assert.equal(after('12:00:12'), 20_000);
  assert.equal(after('12:00:06'), 20_000);
  assert.equal(after('12:00:00'), 20_000);
  assert.equal(after('11:59:55'), 0, 'two periods and a half to 12:00:20 would be a stall');
});

test('a sample is on time up to 100 ms after its slot, and up to a tenth of a period that is shorter than a second', () => {
  const late = (ms: number, period: number) => isOnTime(5_000 + ms, 5_000, period);
  assert.deepEqual(
    [late(0, 5_000), late(100, 5_000), late(101, 5_000), late(-1, 5_000)],
    [true, true, false, false],
  );
  assert.deepEqual([late(10, 100), late(11, 100)], [true, false]);
});

describe('samples', () => {
  test('the first comes at once, then one a period, which says the slot though timers fire a little late', async () => {
    const b = boardOf(at('12:00:03.400'));
    b.sampler.start(10_000);
    await b.timers.advance(6_600);
    assert.deepEqual(b.hours(), ['12:00:03.400', '12:00:10.000']);
    await b.timers.advance(9_970);
    b.board.pass(60); // the loop is busy
    await b.timers.advance(10_000);
    assert.deepEqual(b.hours().slice(2), ['12:00:20.000', '12:00:30.000']);
    assert.equal(b.realTimes[2], at('12:00:20.030'));
    for (const { timestamp, sinceBoot } of b.taken)
      assert.equal(timestamp - sinceBoot, at('12:00:03.400') - 20_000, 'both say the same moment');
  });

  test('one that comes much too late says when it was taken, and the next is on its slot again', async () => {
    const b = boardOf(at('12:00:00'));
    b.sampler.start(10_000);
    await turn();
    b.board.pass(13_000); // a device held the loop
    await b.timers.advance(10_000);
    assert.deepEqual(b.hours(), ['12:00:00.000', '12:00:13.000', '12:00:20.000']);
  });

  test('a slow one delays the next and never overlaps it; slots that it took are left out', async () => {
    const b = boardOf(at('12:00:00'), { takes: 14_000 });
    b.sampler.start(10_000);
    await b.timers.advance(60_000);
    assert.deepEqual(b.hours(), ['12:00:00.000', '12:00:20.000', '12:00:40.000']);
  });

  test('none is taken after the stop, and no timer is left', async () => {
    const b = boardOf(NOON);
    b.sampler.start(1_000);
    await b.timers.advance(2_500);
    b.sampler.stop();
    await b.timers.advance(60_000);
    assert.equal(b.taken.length, 3);
    assert.equal(b.timers.count, 0);
  });

  test('they never overlap, also when the period changes in the middle of one', async () => {
    const b = boardOf(NOON, { takes: 300 });
    b.sampler.start(1_000);
    await b.timers.advance(100);
    b.sampler.start(500);
    await b.timers.advance(100);
    assert.equal(b.realTimes.length, 1, 'the one under way first');
    await b.timers.advance(1_000);
    const { realTimes } = b;
    assert.deepEqual(
      realTimes.map((time) => time - NOON),
      [0, 300, 1_000],
      'what was begun under the old period is not told, the first of the new one follows it',
    );
    b.sampler.stop();
  });
});

describe('samples over a clock that jumps', () => {
  test('1970, then the server tells: one sample when it was due, then the slots of the true time', async () => {
    const b = boardOf(at('12:00:04.500'), { wall: 5_000 });
    b.sampler.start(10_000);
    await b.timers.advance(2_000);
    b.clock.tell(b.board.truth, 0);
    await b.timers.advance(20_000);
    assert.deepEqual(
      b.taken.map(({ timestamp, synchronised }) => [new Date(timestamp).toISOString(), synchronised]),
      [
        ['1970-01-01T00:00:05.000Z', false],
        ['2026-06-01T12:00:09.500Z', true],
        ['2026-06-01T12:00:20.000Z', true],
      ],
    );
  });

  test('an hour forth: one sample at once, no burst for the hour', async () => {
    const b = boardOf(at('12:00:00'));
    b.sampler.start(60_000);
    await b.timers.advance(20_000);
    b.board.set(at('13:00:20'));
    await b.timers.advance(130_000);
    assert.deepEqual(b.hours(), ['12:00:00.000', '13:00:30.000', '13:01:00.000', '13:02:00.000']);
  });

  test('an hour back: no stall, the slots start anew', async () => {
    const b = boardOf(at('12:00:00'));
    b.sampler.start(60_000);
    await b.timers.advance(20_000);
    b.board.set(at('11:00:20'));
    await b.timers.advance(100_000);
    assert.deepEqual(b.hours(), ['12:00:00.000', '11:01:00.000', '11:02:00.000']);
  });

  test('a few seconds back: no second sample for a slot, and no more than a period\u2019s wait beyond it', async () => {
    const b = boardOf(at('12:00:00'));
    b.sampler.start(10_000);
    await b.timers.advance(10_500);
    b.board.set(at('12:00:06'));
    await b.timers.advance(25_000);
    assert.deepEqual(b.hours(), ['12:00:00.000', '12:00:10.000', '12:00:20.000', '12:00:30.000']);
  });

  test('half a minute back in the middle of a long wait: no second sample for the slot that comes round again', async () => {
    const b = boardOf(at('12:00:00'));
    b.sampler.start(60_000);
    await b.timers.advance(65_000);
    b.board.set(at('12:00:33'));
    await b.timers.advance(100_000);
    assert.deepEqual(b.hours(), ['12:00:00.000', '12:01:00.000', '12:02:00.000']);
  });

  test('an hour back with a period of a day: the wait is an hour longer, at the true midnight', async () => {
    const b = boardOf(at('00:00:00'));
    b.sampler.start(24 * HOUR);
    await b.timers.advance(5_000);
    b.board.set(b.board.wallNow - HOUR);
    await b.timers.advance(25 * HOUR - 10_000);
    assert.equal(b.taken.length, 1);
    await b.timers.advance(10_000);
    assert.equal(b.taken[1]!.timestamp, at('00:00:00') + 24 * HOUR);
  });

  test('a leap second: the repeated second has no second sample, and no slot is lost but that one', async () => {
    const midnight = Date.UTC(2027, 0, 1);
    const b = boardOf(midnight - 2_000);
    b.sampler.start(1_000);
    await b.timers.advance(2_000);
    b.board.set(b.board.wallNow - 1_000); // as 23:59:60 ends
    await b.timers.advance(3_000);
    assert.deepEqual(b.hours().slice(1), ['23:59:59.000', '00:00:00.000', '00:00:01.000', '00:00:02.000']);
  });

  test('eight hours of suspend in an hour\u2019s wait: a sample soon after waking, then the true hours', async () => {
    const b = boardOf(at('01:00:00'));
    b.sampler.start(HOUR);
    await b.timers.advance(1_800_000);
    b.board.suspend(8 * HOUR);
    await b.timers.advance(3_600_000);
    const [, woken, next] = b.taken;
    assert.ok(woken!.timestamp - at('09:30:00') <= PIECE_MS);
    assert.equal(next!.timestamp, at('10:00:00'));
    assert.equal(b.taken.length, 3);
  });

  test('no wait is longer than a piece, whatever the period: setTimeout fires at once beyond 2^31 - 1 ms', async () => {
    const b = boardOf(Date.UTC(2026, 5, 10));
    const month = 30 * 24 * HOUR; // 2.6e9 ms
    b.sampler.start(month);
    await b.timers.advance(2 ** 31);
    assert.equal(b.taken.length <= 2, true);
    assert.equal(b.timers.longest, PIECE_MS);
    b.sampler.stop();
  });
});
