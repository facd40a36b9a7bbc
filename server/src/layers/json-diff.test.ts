import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHANGES_SHOWN, jsonChanges } from './json-diff.ts';

test('sensors are told apart by their ids, wherever they stand in the list', () => {
  const before = { period: '10s', sensors: [{ id: 'air', every: '1s' }, { id: 'sys' }] };
  const after = { period: '10s', sensors: [{ id: 'sys' }, { id: 'air', every: '2s' }, { id: 'soil' }] };
  assert.deepEqual(jsonChanges(before, after), [
    { path: '/sensors/air/every', before: '1s', after: '2s' },
    { path: '/sensors/soil', after: { id: 'soil' } },
  ]);
});

test('lists of anything else are told whole; what is new or gone has one side only', () => {
  assert.deepEqual(jsonChanges({ a: [1, 2], b: 1, 'x/y': 1 }, { a: [1, 3], c: null, 'x/y': 2 }), [
    { path: '/a', before: [1, 2], after: [1, 3] },
    { path: '/b', before: 1 },
    { path: '/x~1y', before: 1, after: 2 },
    { path: '/c', after: null },
  ]);
});

test('only so much is told', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]));
  assert.equal(jsonChanges({}, many).length, CHANGES_SHOWN);
});

test('property: there is no change exactly where two texts are the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      assert.deepEqual(jsonChanges(one, one), []);
      if (JSON.stringify(one) !== JSON.stringify(other) && !sameMembers(one, other))
        assert.notEqual(jsonChanges(one, other).length, 0);
    }),
  );
});

/** Objects with the same members in another order. */
function sameMembers(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}
