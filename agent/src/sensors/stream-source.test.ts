import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VALUES_LIMIT } from '@perch/broker-bridge/config/limits.ts';
import type { Value } from '@perch/broker-bridge/protocol/values.ts';
import { StreamSource } from './drivers/stream-source.ts';

const SILENCE = 1_000;
const OPEN = { open: true } as const;

function source(declared: readonly string[]) {
  const stream = new StreamSource(declared, SILENCE);
  const hear = (now: number, values: Record<string, Value>): void =>
    stream.hear({ sample: { values: new Map(Object.entries(values)), errors: new Map() } }, now);
  const read = (now: number): Record<string, Value> => {
    const { values, errors } = stream.read(now, OPEN);
    return { ...Object.fromEntries(values), ...Object.fromEntries(errors) };
  };
  return { stream, hear, read };
}
const garbled = (from: number, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${from + index}`, index]));

test('keys that the source names itself leave room for the declared ones', () => {
  const { hear, read } = source(['t', 'h']);
  hear(0, garbled(0, VALUES_LIMIT));
  hear(1, { t: 21.5, h: 40 });
  const said = read(2);
  assert.equal(said.t, 21.5);
  assert.equal(said.h, 40);
  assert.equal(Object.keys(said).length, VALUES_LIMIT);
});

test('keys that are not heard any more are stale, then forgotten, and at once where others need the room', () => {
  const { hear, read } = source([]);
  hear(0, { ...garbled(0, 3), good: 1 });
  hear(SILENCE, { good: 2 });
  assert.deepEqual(read(SILENCE), { x0: 'stale', x1: 'stale', x2: 'stale', good: 2 });
  assert.deepEqual(read(SILENCE), { good: 2 });
  hear(2 * SILENCE, garbled(10, VALUES_LIMIT));
  hear(3 * SILENCE - 1, { late: 1, good: 4 });
  assert.equal(read(3 * SILENCE - 1).late, undefined, 'there is no room yet');
  hear(3 * SILENCE, { late: 1, good: 5 });
  assert.deepEqual(read(3 * SILENCE), { late: 1, good: 5 });
});

test('declared keys, and those of a source that says nothing at all, are not forgotten', () => {
  const { hear, read } = source(['t']);
  hear(0, { t: 1, own: 2 });
  for (const now of [5, 9]) assert.deepEqual(read(now * SILENCE), { t: 'stale', own: 'stale' });
  hear(10 * SILENCE, { own: 3 });
  for (const now of [10.1, 10.2]) assert.deepEqual(read(now * SILENCE), { t: 'stale', own: 3 });
});

test('keys without end take no memory without end', () => {
  const { hear, read } = source(['t']);
  for (let now = 0; now < 500; now++) hear(now * 100, { t: now, ...garbled(now * 7, 7) });
  assert.ok(Object.keys(read(50_000)).length <= VALUES_LIMIT);
  hear(100_000, { t: 1 });
  read(100_000);
  assert.deepEqual(read(100_000), { t: 1 });
});
