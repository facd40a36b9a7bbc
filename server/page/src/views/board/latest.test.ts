import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLate, withNewer, withRecord } from './latest.ts';

const record = {
  alias: 'pi',
  timestamp: 2_000,
  per: 10_000,
  values: { 'air.t': 21 },
  errors: { 'soil.m': 'nak' },
};

test('a record brings new values, errors and items, and units stay', () => {
  const items = withRecord([{ name: 'air.t', unit: 'Cel', value: 20, at: 1_000 }], record);
  assert.deepEqual(items, [
    { name: 'air.t', unit: 'Cel', value: 21, at: 2_000, per: 10_000 },
    { name: 'soil.m', error: 'nak', at: 2_000, per: 10_000 },
  ]);
});

test('an error takes the place of the value, and the value that of the error', () => {
  const [item] = withRecord([{ name: 'soil.m', value: 3, at: 1 }], { ...record, values: {} });
  assert.equal(item?.value, undefined);
  const [again] = withRecord([item!], { ...record, timestamp: 3_000, values: { 'soil.m': 4 }, errors: {} });
  assert.deepEqual([again?.value, again?.error], [4, undefined]);
});

test('a record that comes late changes nothing newer', () => {
  const before = [{ name: 'air.t', value: 20, at: 9_000 }];
  assert.deepEqual(withRecord(before, { ...record, errors: {} }), before);
});

test('an answer that was overtaken by a record changes nothing newer', () => {
  const before = withRecord([{ name: 'air.t', value: 20, at: 1_000 }], record);
  const loaded = [
    { name: 'air.t', value: 20, at: 1_000 },
    { name: 'air.h', value: 40, at: 1_000 },
  ];
  assert.deepEqual(
    withNewer(loaded, before).map(({ value }) => value),
    [21, 40],
  );
  assert.deepEqual(withNewer(loaded), loaded);
});

test('an item is late when some of its periods passed', () => {
  assert.equal(isLate({ name: 'x', at: 0, per: 60_000 }, 200_000), false);
  assert.equal(isLate({ name: 'x', at: 0, per: 60_000 }, 220_000), true);
});
