import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LatestItem } from '../../api-types.ts';
import { firstChoice, isChartable } from './choice.ts';

const item = (name: string, more: Partial<LatestItem>): LatestItem => ({ name, at: 0, per: 1_000, ...more });
const ITEMS = [
  item('disk', { value: 1, unit: 'By' }),
  item('air.t', { value: 21, unit: 'Cel' }),
  item('air.h', { value: 40, unit: '%' }),
  item('door', { value: true }),
  item('soil', { value: 7, unit: '%' }),
];

test('what measures the surroundings is charted before figures of the machine', () => {
  assert.deepEqual(firstChoice(ITEMS, []), ['air.t', 'air.h']);
  assert.deepEqual(firstChoice(ITEMS.slice(0, 2), []), ['air.t', 'disk']);
});

test('a chart stays when its sensor fails, and when others come', () => {
  const chosen = firstChoice(ITEMS, []);
  const failed = ITEMS.map((each) => (each.name === 'air.t' ? item('air.t', { error: 'nak' }) : each));
  assert.deepEqual(firstChoice(failed, chosen), chosen);
  assert.deepEqual(firstChoice(ITEMS, ['disk']), ['disk', 'air.t']);
});

test('only numbers can be charted, and what may be one again', () => {
  const can = ITEMS.filter(isChartable).map(({ name }) => name);
  assert.deepEqual(can, ['disk', 'air.t', 'air.h', 'soil']);
  assert.equal(isChartable(item('air.t', { error: 'nak' })), true);
  assert.equal(isChartable(item('note', { value: 'open' })), false);
});
