import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AHEAD_MS, FRESH_MS } from './engine.ts';
import { alertBench, MINUTE, rule } from './testing/alert-bench.ts';
import { WATCHES_LIMIT } from './watches.ts';

test('an alert begins, is acknowledged, and ends by itself; each is told once', async (t) => {
  const { says, told, store, clock, states, engine } = await alertBench(t, [rule({})]);
  await says('pi-1', 29);
  await says('pi-2', 31);
  clock.now += MINUTE;
  await says('pi-2', 32);
  assert.deepEqual(await states(), ['pi-2 firing']);
  assert.deepEqual(
    told.map(({ state, text, value }) => [state, text, value]),
    [['firing', 'too hot: t over 30 (31)', 31]],
  );
  await store.updateAlerts([{ id: told[0]!.id, state: 'acknowledged', acknowledgedBy: 'session:ada' }]);
  clock.now += MINUTE;
  await says('pi-2', 33);
  assert.deepEqual(await states(), ['pi-2 acknowledged'], 'it does not begin anew');
  clock.now += MINUTE;
  await says('pi-2', 30);
  assert.deepEqual(await states(), ['pi-2 resolved']);
  assert.equal(told.at(-1)!.ended, clock.now);
  assert.equal(told.at(-1)!.acknowledgedBy, 'session:ada');
  await engine().tick();
  assert.equal(told.length, 2);
});

test('what was before the restart goes on: no second alert, and it still ends', async (t) => {
  const { says, states, restart, clock } = await alertBench(t, [rule({})]);
  await says('pi-1', 31);
  await restart();
  clock.now += MINUTE;
  await says('pi-1', 32);
  assert.deepEqual(await states(), ['pi-1 firing']);
  clock.now += MINUTE;
  await says('pi-1', 20);
  assert.deepEqual(await states(), ['pi-1 resolved']);
});

test('a backlog wakes nobody: neither what is old, nor what comes behind something newer', async (t) => {
  const { says, states } = await alertBench(t, [rule({})]);
  await says('pi-1', 99, FRESH_MS + 1);
  await says('pi-1', 20);
  await says('pi-1', 99, MINUTE);
  assert.deepEqual(await states(), []);
});

test('a board whose clock was far ahead for a moment is looked at as before', async (t) => {
  const { says, states, clock } = await alertBench(t, [rule({})]);
  await says('pi-1', 20, -(AHEAD_MS + 1));
  clock.now += MINUTE;
  await says('pi-1', 31);
  assert.deepEqual(await states(), ['pi-1 firing']);
  await says('pi-1', 20, -AHEAD_MS);
  assert.deepEqual(await states(), ['pi-1 resolved'], 'clocks differ a little');
});

test('a rule with "for" goes on while more boards than can be watched are well', async (t) => {
  const { says, states, clock, feed, row, failed } = await alertBench(t, [
    rule({ when: { item: 't', above: 30, for: 2 * MINUTE } }),
  ]);
  await says('pi-1', 31);
  feed.tell(
    'records',
    Array.from({ length: WATCHES_LIMIT + 1 }, (_, index) => row(`well-${index}`, 20)),
  );
  clock.now += 2 * MINUTE;
  await says('pi-1', 31);
  assert.deepEqual(await states(), ['pi-1 firing']);
  assert.deepEqual(failed, []);
});

test('boards beyond those that can be watched are told of once, and the others are still watched', async (t) => {
  const { says, states, clock, feed, row, failed } = await alertBench(t, [
    rule({ when: { item: 't', above: 30, for: 2 * MINUTE } }),
  ]);
  await says('pi-1', 31);
  feed.tell(
    'records',
    Array.from({ length: WATCHES_LIMIT + 1 }, (_, index) => row(`hot-${index}`, 31)),
  );
  clock.now += 2 * MINUTE;
  await says('pi-1', 31);
  assert.deepEqual(await states(), ['pi-1 firing']);
  assert.equal(failed.length, 1);
  assert.match(
    failed[0]!,
    /^100000 pairs of rule and board are being watched, and there is no room for more/,
  );
});

test('a rule is for a group or a board, and its alerts end when it goes, changes or is switched off, or the board goes', async (t) => {
  const { store, says, states, engine, heard, clock } = await alertBench(t, [
    rule({ scope: { group: 'roof' } }),
    rule({ id: 'ba9876543210', name: 'pi-1 only', scope: { board: 'pi-1' } }),
  ]);
  await says('pi-1', 40);
  assert.deepEqual(await states(), ['pi-1 firing']);
  await store.setGroups('pi-2', ['roof']);
  await engine().reload();
  clock.now += MINUTE;
  await says('pi-2', 40);
  assert.deepEqual(await states(), ['pi-2 firing', 'pi-1 firing']);
  await store.setGroups('pi-2', []);
  await engine().reload();
  assert.deepEqual(await states(), ['pi-2 resolved', 'pi-1 firing']);
  await store.putAlertRule(
    rule({ id: 'ba9876543210', scope: { board: 'pi-1' }, version: 2, when: { item: 't', above: 50 } }),
  );
  await engine().reload();
  assert.deepEqual(await states(), ['pi-2 resolved', 'pi-1 resolved']);
  clock.now += MINUTE;
  await says('pi-1', 60);
  heard.delete('pi-1');
  await engine().reload();
  assert.deepEqual(await states(), ['pi-1 resolved', 'pi-2 resolved', 'pi-1 resolved']);
});
