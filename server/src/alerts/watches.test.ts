import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STALE_MS, WATCHES_LIMIT, Watches } from './watches.ts';

const passed = (at: number) => ({ watch: { passed: at }, at });

test('nothing is kept of a pair with which nothing is the matter', () => {
  const watches = new Watches();
  watches.put('r pi-1', passed(1));
  watches.put('r pi-2', { watch: { window: [{ at: 1, value: 1 }] }, at: 1 });
  watches.put('r pi-3', { watch: {}, at: 1, open: { key: 'r pi-3', alias: 'pi-3' } });
  assert.equal([...watches.entries()].length, 3);
  for (const [key] of [...watches.entries()]) watches.put(key, { watch: {}, at: 2 });
  assert.deepEqual([...watches.entries()], []);
});

test('when it is full those that are kept stay; a stale one makes way; open alerts take no room', () => {
  const watches = new Watches();
  watches.put('r open', { watch: {}, at: 0, open: { key: 'r open', alias: 'open' } });
  for (let count = 0; count < WATCHES_LIMIT; count++)
    assert.equal(watches.put(`r ${count}`, passed(count < 2 ? 0 : STALE_MS)), true);
  assert.equal(watches.put('r more', passed(STALE_MS)), false);
  assert.equal(watches.put('r 0', passed(STALE_MS)), true, 'it was there already');
  assert.equal(watches.put('r more', passed(STALE_MS + 1)), true);
  assert.equal(watches.get('r 1'), undefined, 'it was read longest ago');
  assert.equal(watches.put('r yet more', passed(STALE_MS + 1)), false);
  assert.equal(watches.watched, WATCHES_LIMIT);
  assert.notEqual(watches.get('r open'), undefined);
});
