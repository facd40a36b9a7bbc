import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeclaredValue } from '@perch/broker-bridge/config/common.ts';
import type { Aggregate } from '@perch/broker-bridge/config/filters.ts';
import { ITEMS_LIMIT, type Reason, type Value } from '@perch/broker-bridge/protocol/values.ts';
import fc from 'fast-check';
import { Pipeline } from './pipeline.ts';
import type { Sample } from './sample.ts';

const good = (values: Record<string, Value>): Sample => ({
  values: new Map(Object.entries(values)),
  errors: new Map(),
});
const bad = (errors: Record<string, Reason>): Sample => ({
  values: new Map(),
  errors: new Map(Object.entries(errors)),
});
const shown = ({ values, errors }: Sample) => ({
  ...Object.fromEntries(values),
  ...Object.fromEntries(errors),
});
const ALL: Aggregate[] = ['last', 'mean', 'min', 'max', 'sum', 'count'];
const window = (declared: Partial<DeclaredValue>) => new Pipeline([{ key: 't', ...declared }]);

test('aggregates tell of the readings of one period, and the next period begins anew', () => {
  const line = window({ aggregate: ALL });
  for (const [at, t] of [20, 22, 27].entries()) line.feed(good({ t }), at * 1_000);
  assert.deepEqual(shown(line.report()), {
    t_last: 27,
    t_mean: 23,
    t_min: 20,
    t_max: 27,
    t_sum: 69,
    t_count: 3,
  });
  line.feed(good({ t: 5 }), 4_000);
  assert.deepEqual(shown(line.report()), { t_last: 5, t_mean: 5, t_min: 5, t_max: 5, t_sum: 5, t_count: 1 });
});

test('one aggregate keeps the name of its value', () => {
  const line = window({ aggregate: ['mean'] });
  for (const t of [1, 2]) line.feed(good({ t }), 0);
  assert.deepEqual(shown(line.report()), { t: 1.5 });
});

test('a failed reading at the end is said by "last"; the others tell of what there was', () => {
  const line = window({ aggregate: ['last', 'mean', 'count'] });
  line.feed(good({ t: 20 }), 0);
  line.feed(bad({ t: 'crc' }), 1_000);
  assert.deepEqual(shown(line.report()), { t_last: 'crc', t_mean: 20, t_count: 1 });
  line.feed(bad({ t: 'nak' }), 2_000);
  assert.deepEqual(shown(line.report()), { t_last: 'nak', t_mean: 'nak', t_count: 0 });
});

test('property: a mean lies between min and max, and count is the number of good readings', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true })), { maxLength: 50 }),
      (readings) => {
        const line = window({ aggregate: ALL });
        for (const [at, t] of readings.entries()) line.feed(t === null ? bad({ t: 'nak' }) : good({ t }), at);
        const values = readings.filter((one) => one !== null);
        const told = shown(line.report()) as Record<string, number>;
        assert.equal(told.t_count, values.length);
        if (values.length === 0) return;
        assert.equal(told.t_min, Math.min(...values));
        assert.equal(told.t_max, Math.max(...values));
        const slack = 1e-9 * Math.max(1, Math.abs(told.t_min!), Math.abs(told.t_max!));
        assert.ok(told.t_mean! >= told.t_min! - slack && told.t_mean! <= told.t_max! + slack);
      },
    ),
  );
});

test('a move within the period is reported though later readings stayed in the deadband', () => {
  const line = window({ filters: [{ deadband: 1 }] });
  for (const [at, t] of [20, 25, 25.2, 25.1].entries()) line.feed(good({ t }), at);
  assert.deepEqual(shown(line.report()), { t: 25 });
  line.feed(good({ t: 25.3 }), 9);
  assert.deepEqual(shown(line.report()), {}, 'nothing moved: nothing travels');
  line.feed(bad({ t: 'timeout' }), 10);
  assert.deepEqual(shown(line.report()), { t: 'timeout' }, 'a fault always travels');
});

test('a filter that leads to no number is a reason, never NaN or Infinity', () => {
  const line = window({ filters: [{ scale: 1e300 }, { scale: 1e300 }, { offset: 1 }] });
  line.feed(good({ t: 1 }), 0);
  assert.deepEqual(shown(line.report()), { t: 'malformed' });
});

test('a source that speaks seldom is repeated while it holds, and not a moment longer', () => {
  const line = window({});
  const holds = good({ t: 7 });
  line.feed(holds, 0);
  assert.deepEqual(shown(line.report(holds)), { t: 7 });
  assert.deepEqual(shown(line.report(holds)), { t: 7 });
  assert.deepEqual(shown(line.report(bad({ t: 'stale' }))), { t: 'stale' });
  assert.deepEqual(shown(line.report(bad({ t: 'stale' }))), { t: 'stale' });
});

test('with a deadband such a source is said once', () => {
  const line = window({ filters: [{ deadband: 0 }] });
  const holds = good({ t: 7 });
  line.feed(holds, 0);
  assert.deepEqual(shown(line.report(holds)), { t: 7 });
  assert.deepEqual(shown(line.report(holds)), {});
});

test('a key that was discovered goes with its device; keys are bounded', () => {
  const line = new Pipeline([]);
  line.feed(good({ a: 1, b: 2 }), 0);
  assert.deepEqual(shown(line.report()), { a: 1, b: 2 });
  line.feed(good({ b: 3 }), 1);
  assert.deepEqual(shown(line.report()), { b: 3 });
  line.feed(good(Object.fromEntries(Array.from({ length: ITEMS_LIMIT + 5 }, (_, at) => [`k${at}`, at]))), 2);
  assert.equal(line.report().values.size, ITEMS_LIMIT - 1, 'b still holds a place until this report');
});

test('no number of an earlier period is repeated for a source that is read', () => {
  const line = window({ aggregate: ['last', 'mean', 'count'] });
  line.feed(good({ t: 7 }), 0);
  assert.deepEqual(shown(line.report()), { t_last: 7, t_mean: 7, t_count: 1 });
  assert.deepEqual(shown(line.report()), { t_count: 0 }, 'nothing was read, so nothing is said');
});

test('of a source that speaks seldom the last word holds, but there is no mean of nothing', () => {
  const line = window({ aggregate: ['last', 'mean', 'count'] });
  const holds = good({ t: 7 });
  line.feed(holds, 0);
  line.report(holds);
  assert.deepEqual(shown(line.report(holds)), { t_last: 7, t_count: 0 });
});

test('the steps of a counter that is read often add up, and none is lost to a failed reading', () => {
  const line = window({ filters: [{ delta: true }], aggregate: ['sum'] });
  for (const [at, t] of [100, 101, 103].entries()) line.feed(good({ t }), at);
  assert.deepEqual(shown(line.report()), { t: 3 });
  line.feed(good({ t: 110 }), 4);
  line.feed(bad({ t: 'nak' }), 5);
  assert.deepEqual(shown(line.report()), { t: 7 });
});

test('text and booleans have no mean', () => {
  const line = window({ aggregate: ['last', 'mean', 'max'] });
  for (const t of [true, false]) line.feed(good({ t }), 0);
  assert.deepEqual(shown(line.report()), { t_last: false, t_mean: 'unsupported', t_max: 'unsupported' });
});

test('a number that overflows spoils no filter behind it', () => {
  const line = window({ filters: [{ scale: 1e308 }, { delta: true }, { deadband: 1 }] });
  const told = [1, 1.5, 10, 1].map((t, at) => {
    line.feed(good({ t }), at);
    return shown(line.report()).t;
  });
  assert.deepEqual(told, [undefined, 5e307, 'malformed', -5e307]);
});
