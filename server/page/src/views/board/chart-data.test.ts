import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gap } from '../../api-types.ts';
import { bareData, chartData, errorCount, extentOf, gapsWithin } from './chart-data.ts';
import { fitted, RANGE_LEAST, RANGE_MOST, rangeText, readRange, stepped, timesOf } from './range.ts';

test('no line is drawn where nothing was measured', () => {
  const { t, mean } = chartData({ name: 'x', t: [0, 10_000, 20_000, 90_000], mean: [1, 2, 3, 4] }, 0);
  assert.deepEqual(t, [0, 10, 20, 55, 90]);
  assert.deepEqual(mean, [1, 2, 3, null, 4]);
});

test('a missing record or two is no hole', () => {
  const { mean } = chartData({ name: 'x', t: [0, 10_000, 20_000, 40_000], mean: [1, 2, 3, 4] }, 0);
  assert.deepEqual(mean, [1, 2, 3, 4]);
});

test('the band is that of lowest and highest, and of single values it is none', () => {
  const of = chartData({ name: 'x', t: [0, 1], mean: [2, null], min: [1, null], max: [4, null] }, 60_000);
  assert.deepEqual(
    [of.low, of.high],
    [
      [1, null],
      [4, null],
    ],
  );
  assert.deepEqual(extentOf(of), { lowest: 1, highest: 4, last: 2 });
  assert.equal(extentOf(chartData({ name: 'x', t: [], mean: [] }, 0)), undefined);
});

test('errors of a bucket are all counted', () => {
  assert.equal(errorCount({ name: 'x', t: [0, 60_000], n: [120, 3] }), 123);
});

test('a time without any value has its ends, so that errors and gaps can be drawn', () => {
  const bare = bareData(1_000, 61_000);
  assert.deepEqual(bare.t, [1, 61]);
  assert.equal(extentOf(bare), undefined);
});

test('gaps are cut to what is shown', () => {
  const gaps: Gap[] = [
    { since: 0, until: 1_000, missing: 1, why: 'full' },
    { since: 0, until: 5_000, missing: 1, why: 'full' },
    { since: 90_000, until: 95_000, missing: 1, why: 'age' },
  ];
  assert.deepEqual(gapsWithin(gaps, 2_000, 50_000), [[2, 5]]);
});

test('ranges are told by an address and read from it', () => {
  for (const text of ['1h', '30d', '1000000-9000000']) assert.equal(rangeText(readRange(text)), text);
  for (const text of [null, '', '9-3', 'x', '1e9-2e9']) assert.deepEqual(readRange(text), { preset: '6h' });
});

test('steps halve, double and move a range, within its bounds', () => {
  const now = 1_800_000_000_000;
  const hour = { preset: '1h' } as const;
  const span = (range: Parameters<typeof timesOf>[0]): number =>
    timesOf(range, now).until - timesOf(range, now).since;
  assert.equal(span(stepped(hour, 'in', now)), 1_800_000);
  assert.equal(span(stepped(hour, 'out', now)), 7_200_000);
  assert.equal(timesOf(stepped(hour, 'earlier', now), now).until, now - 1_800_000);
  assert.equal(span(fitted(5_000_000, 5_000_001)), RANGE_LEAST);
  assert.equal(span(fitted(now - 2 * RANGE_MOST, now)), RANGE_MOST);
});
