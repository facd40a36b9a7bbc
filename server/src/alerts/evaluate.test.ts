import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  evaluate,
  type ItemCondition,
  isSilent,
  type Verdict,
  type Watch,
  WINDOW_LIMIT,
} from './evaluate.ts';

const MINUTE = 60_000;

/** What is said of readings a minute apart. */
function said(when: ItemCondition, values: readonly number[]): Verdict['is'][] {
  let watch: Watch = {};
  return values.map((value, index) => {
    const verdict = evaluate(when, watch, { at: index * MINUTE, value });
    ({ watch } = verdict);
    return verdict.is;
  });
}

test('a bound is passed, and the alert is over only when the value is back by the hysteresis', () => {
  const frost = { item: 'air.t', below: 2, hysteresis: 1 };
  assert.deepEqual(said(frost, [3, 2, 1.9, 2.5, 1, 3]), ['ends', 'holds', 'fires', 'holds', 'fires', 'ends']);
  assert.deepEqual(said({ item: 'air.t', above: 30 }, [30, 30.1, 30]), ['ends', 'fires', 'ends']);
});

test('with "for" the value must stay over the bound for that long, without a break', () => {
  const hot = { item: 'air.t', above: 30, for: 3 * MINUTE };
  assert.deepEqual(said(hot, [31, 31, 31, 31, 31]), ['holds', 'holds', 'holds', 'fires', 'fires']);
  assert.deepEqual(said(hot, [31, 31, 29, 31, 31, 31]), [
    'holds',
    'holds',
    'ends',
    'holds',
    'holds',
    'holds',
  ]);
});

test('a change is looked for within its time, up or down', () => {
  const jump = { item: 'tank.level', rate: 10, per: 2 * MINUTE };
  assert.deepEqual(said(jump, [50, 55, 59, 60, 61]), ['ends', 'ends', 'ends', 'ends', 'ends']);
  assert.deepEqual(said(jump, [50, 49, 38, 38, 38, 38]), ['ends', 'ends', 'fires', 'fires', 'ends', 'ends']);
});

test('however often a value comes, a window keeps only so many, its ends among them', () => {
  let watch: Watch = {};
  for (let at = 0; at < 10_000; at++)
    ({ watch } = evaluate({ item: 'x', rate: 1e9, per: 1e9 }, watch, { at, value: at }));
  assert.ok(watch.window!.length <= WINDOW_LIMIT);
  assert.deepEqual([watch.window![0]!.at, watch.window!.at(-1)!.at], [0, 9_999]);
});

test('property: what fires at a bound does not end at the same value, whatever came before', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { maxLength: 20 }),
      fc.double({ min: -40, max: 40, noNaN: true }),
      fc.double({ min: 0, max: 10, noNaN: true }),
      fc.constantFrom('above', 'below'),
      (values, bound, hysteresis, side) => {
        const when = (
          side === 'above' ? { item: 'x', above: bound, hysteresis } : { item: 'x', below: bound, hysteresis }
        ) as ItemCondition;
        for (const [index, is] of said(when, values).entries()) {
          const over = side === 'above' ? values[index]! - bound : bound - values[index]!;
          assert.equal(is === 'fires', over > 0);
          if (is === 'ends') assert.ok(over <= -hysteresis);
        }
      },
    ),
  );
});

test('a server that did not listen takes no board for silent', () => {
  assert.equal(isSilent(MINUTE, 0, 0, 2 * MINUTE), true);
  assert.equal(isSilent(MINUTE, 0, 90_000, 2 * MINUTE), false);
  assert.equal(isSilent(MINUTE, 90_000, 0, 2 * MINUTE), false);
});
