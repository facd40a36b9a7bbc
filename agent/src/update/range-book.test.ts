import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  answered,
  FLOW_LIMIT,
  FLOW_START,
  type Flow,
  framesOf,
  holdMs,
  unanswered,
  withinRate,
} from './flow.ts';
import { PIECE, RangeBook } from './range-book.ts';

test('a book asks for what is missing, in order, until it is whole, whatever sizes the frames have', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300_000 }), fc.infiniteStream(fc.nat()), (length, picks) => {
      const pick = (below: number): number => picks.next().value! % below;
      const book = new RangeBook(length);
      const here = new Uint8Array(length);
      while (!book.done) {
        const frame = PIECE * (1 + pick(16));
        const offsets = book.missing(frame, 1 + pick(8));
        assert.ok(offsets.length > 0);
        assert.deepEqual(
          offsets,
          [...new Set(offsets)].sort((a, b) => a - b),
        );
        const offset = offsets[pick(offsets.length)]!;
        const count = Math.min(frame, length - offset);
        assert.ok(book.isNew(offset, count));
        here.fill(1, offset, offset + count);
        book.mark(offset, count);
        assert.ok(!book.isNew(offset, count));
        assert.ok(book.bytes <= length);
      }
      assert.ok(
        here.every((byte) => byte === 1),
        'done means that every byte was marked',
      );
      assert.deepEqual(book.missing(PIECE, 8), []);
      assert.equal(book.percent, 100);
      assert.ok(new RangeBook(length, book.bitmap).done, 'the bitmap remembers');
    }),
    { numRuns: 50 },
  );
});

test('what is no frame of the object is refused, and a bitmap of another object counts as empty', () => {
  const book = new RangeBook(10_000);
  for (const [offset, length] of [
    [1, 4096],
    [0, 4095],
    [8192, 4096],
    [12_288, 1],
    [0, 5000],
    [0, 0],
    [Number.MAX_SAFE_INTEGER, 1],
  ] as const)
    assert.throws(() => book.isNew(offset, length), { code: 'WRONG_LENGTH' });
  assert.ok(book.isNew(8192, 10_000 - 8192));
  assert.equal(new RangeBook(10_000_000, book.bitmap).bytes, 0);
});

test('the flow finds the rate of a link and stays at what it carries in a second', () => {
  for (const rate of [3_000, 50_000, 400_000, 100_000_000]) {
    let flow: Flow = FLOW_START;
    for (let round = 0; round < 40; round++) {
      const { frame, count } = framesOf(flow);
      assert.ok(frame * count <= Math.max(flow.want, PIECE));
      flow = answered(flow, frame * count, 20 + (1000 * frame * count) / rate);
    }
    const expected = Math.min(FLOW_LIMIT, Math.max(PIECE, rate));
    assert.ok(flow.want <= expected && flow.want >= expected / 2 - PIECE, `${flow.want} at ${rate}`);
  }
  let flow: Flow = { want: FLOW_LIMIT, silent: 0 };
  for (let round = 0; round < 20; round++) flow = unanswered(flow);
  assert.deepEqual(flow, { want: PIECE, silent: 20 });
  assert.equal(answered(flow, PIECE, 10).silent, 0);
});

test('a board that may take so many bytes a second takes no more', () => {
  for (const maxRate of [256, 5_000, 64_000]) {
    let [flow, time, bytes] = [FLOW_START, 0, 0];
    for (let round = 0; round < 30; round++) {
      const { frame, count } = framesOf(withinRate(flow, maxRate));
      const took = 20;
      bytes += frame * count;
      time += took + holdMs(frame * count, took, maxRate);
      flow = answered(flow, frame * count, took);
    }
    const rate = (1000 * bytes) / time;
    assert.ok(rate <= maxRate * 1.001 && rate > maxRate * 0.9, `${rate} of ${maxRate}`);
  }
  assert.equal(holdMs(1_000_000, 1, undefined), 0);
});
