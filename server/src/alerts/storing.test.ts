import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALERTS_OPEN_LIMIT } from '../store/alert-contract.ts';
import { AlertWriter, WAITING_LIMIT } from './alert-writer.ts';
import { alertBench, MINUTE, NOW, rule } from './testing/alert-bench.ts';

test('a value that flaps within one report leaves one alert open, and that one ends', async (t) => {
  const { feed, row, settled, states, says, clock, told } = await alertBench(t, [rule({})]);
  feed.tell('records', [row('pi-1', 31, 3), row('pi-1', 20, 2), row('pi-1', 32, 1)]);
  await settled();
  assert.deepEqual(await states(), ['pi-1 firing', 'pi-1 resolved']);
  assert.deepEqual(
    told.map(({ state, value }) => [state, value]),
    [
      ['firing', 32],
      ['resolved', 31],
    ],
  );
  clock.now += MINUTE;
  await says('pi-1', 20);
  assert.deepEqual(await states(), ['pi-1 resolved', 'pi-1 resolved']);
});

test('an alert that is over before it is on disk ends all the same', async (t) => {
  const { store, says, states, settled } = await alertBench(t, [rule({})]);
  const { addAlerts } = store;
  let write: (() => void) | undefined;
  store.addAlerts = async (alerts) => {
    await new Promise<void>((resolve) => {
      write = resolve;
    });
    return addAlerts(alerts);
  };
  await says('pi-1', 31, 2);
  store.addAlerts = addAlerts;
  await says('pi-1', 20, 1);
  assert.deepEqual(await states(), []);
  write!();
  await settled();
  assert.deepEqual(await states(), ['pi-1 resolved']);
});

test('what the disk does not take is stored when it takes it again', async (t) => {
  const { store, says, states, failed, engine, clock } = await alertBench(t, [rule({})]);
  const { addAlerts } = store;
  store.addAlerts = () => Promise.reject(new Error('the disk is full'));
  await says('pi-1', 31);
  assert.deepEqual(await states(), []);
  assert.match(failed.join('\n'), /the disk is full/);
  store.addAlerts = addAlerts;
  clock.now += MINUTE;
  await says('pi-2', 10);
  await engine().tick();
  await says('pi-2', 10);
  assert.deepEqual(await states(), ['pi-1 firing']);
});

test('when only the ends are not stored, what began is there once and is told, and the ends follow', async (t) => {
  const { store, feed, row, settled, states, failed, told, engine } = await alertBench(t, [rule({})]);
  const { updateAlerts } = store;
  store.updateAlerts = () => Promise.reject(new Error('the disk is full'));
  feed.tell('records', [row('pi-1', 31, 2), row('pi-2', 31, 2), row('pi-1', 20, 1)]);
  await settled();
  assert.deepEqual(await states(), ['pi-2 firing', 'pi-1 firing']);
  assert.deepEqual(failed, ['the disk is full']);
  assert.deepEqual(
    told.map(({ alias, state }) => [alias, state]),
    [
      ['pi-1', 'firing'],
      ['pi-2', 'firing'],
    ],
  );
  store.updateAlerts = updateAlerts;
  await engine().tick();
  assert.deepEqual(await states(), ['pi-2 firing', 'pi-1 resolved']);
  assert.equal(told.length, 3);
});

test('the open alerts of each board are counted, acknowledged ones too, and over a restart', async (t) => {
  const { says, engine, told, store, restart, clock, feed } = await alertBench(t, [
    rule({}),
    rule({ id: 'ba9876543210', when: { item: 't', above: 40 } }),
  ]);
  const counts = () => Object.fromEntries(engine().openAlerts());
  const seen: unknown[] = [];
  feed.on('alerts', () => seen.push(counts()));
  assert.deepEqual(counts(), {});
  await says('pi-1', 50);
  await says('pi-2', 31);
  assert.deepEqual(seen, [{ 'pi-1': 2 }, { 'pi-1': 2, 'pi-2': 1 }], 'whoever is told can read them');
  await store.updateAlerts([{ id: told[0]!.id, state: 'acknowledged', acknowledgedBy: 'session:ada' }]);
  await restart();
  assert.deepEqual(counts(), { 'pi-1': 2, 'pi-2': 1 });
  clock.now += MINUTE;
  await says('pi-2', 20);
  await store.removeAlertRule('ba9876543210', 1, clock.now);
  await engine().reload();
  assert.deepEqual(counts(), { 'pi-1': 1 });
});

test('of two open alerts of one rule and board the older one ends when the server starts', async (t) => {
  const { store, says, told, restart, states, engine } = await alertBench(t, [rule({})]);
  await says('pi-1', 31);
  const { id: _, ...alert } = told[0]!;
  await store.addAlerts([alert]);
  await restart();
  assert.deepEqual(await states(), ['pi-1 firing', 'pi-1 resolved']);
  assert.deepEqual([...engine().openAlerts()], [['pi-1', 1]]);
});

test('there is room for so many; what is left out is told, is not counted, and fires when there is room again', async (t) => {
  const { store, says, states, failed, engine, clock } = await alertBench(t, [rule({})]);
  const full = { rule: 'other', name: 'other', severity: 'info', state: 'firing', text: '' } as const;
  const others = await store.addAlerts(
    Array.from({ length: ALERTS_OPEN_LIMIT }, (_, index) => ({ ...full, alias: `b-${index}`, since: NOW })),
  );
  await says('pi-1', 31);
  assert.deepEqual(failed, [`1 are left out, as ${ALERTS_OPEN_LIMIT} are open or wait`]);
  assert.deepEqual([...engine().openAlerts()], []);
  await store.updateAlerts([{ id: others[0]!.id, state: 'resolved' }]);
  clock.now += MINUTE;
  await says('pi-1', 32);
  assert.equal((await states())[0], 'pi-1 firing');
});

test('only so many wait for the disk', async (t) => {
  const { store, feed } = await alertBench(t, []);
  const failed: string[] = [];
  const writer = new AlertWriter({
    ...{ store: { ...store, addAlerts: async () => [] }, feed, leftOut: () => {} },
    failed: (_, error) => failed.push((error as Error).message),
  });
  const alert = { rule: 'r', name: 'r', severity: 'info', alias: 'pi-1', state: 'firing' } as const;
  const begin = (key: string) => writer.open(key, { ...alert, since: NOW, text: '' });
  for (let count = 0; count < WAITING_LIMIT; count++) assert.notEqual(begin(`r ${count}`), undefined);
  assert.equal(begin('r more'), undefined);
  await writer.flush();
  assert.deepEqual(failed, [`${WAITING_LIMIT + 1} are left out, as ${ALERTS_OPEN_LIMIT} are open or wait`]);
  assert.notEqual(begin('r more'), undefined);
});
