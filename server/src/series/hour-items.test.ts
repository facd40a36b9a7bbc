import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addRecord,
  addSum,
  HOUR_ITEMS_LIMIT,
  type ItemSums,
  nothing,
  sumsOfJson,
  sumsToJson,
} from './hour-items.ts';

const record = (values: Record<string, number | string>) => ({ timestamp: 1_000, values, errors: {} });

test('an hour keeps so many items and no more', () => {
  const sums: ItemSums = new Map();
  for (let n = 0; n < HOUR_ITEMS_LIMIT + 5; n++) addRecord(sums, record({ [`a.b${n}`]: n }));
  assert.equal(sums.size, HOUR_ITEMS_LIMIT);
  addRecord(sums, record({ 'a.b0': 1 }));
  assert.equal(sums.get('a.b0')?.count, 2, 'those that are known go on');
});

test('the largest numbers there are still make JSON', () => {
  const sums: ItemSums = new Map();
  for (let n = 0; n < 3; n++) addRecord(sums, record({ 'a.b': Number.MAX_VALUE }));
  const [read] = [sumsOfJson(sumsToJson(sums, 0), 0).get('a.b')!];
  assert.equal(read.sum, Number.MAX_VALUE);
  const both = nothing();
  addSum(both, read);
  addSum(both, read);
  assert.deepEqual([both.sum, both.count, both.max], [Number.MAX_VALUE, 6, Number.MAX_VALUE]);
});

test('an item may have any name', () => {
  const sums: ItemSums = new Map();
  addRecord(sums, { timestamp: 5, values: JSON.parse('{"__proto__": 1, "": 2}'), errors: {} });
  assert.deepEqual(sumsOfJson(sumsToJson(sums, 0), 0), sums);
});
