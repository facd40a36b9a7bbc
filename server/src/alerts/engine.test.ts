import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Feed } from '../feed.ts';
import type { Alert, AlertRule } from '../store/alert-contract.ts';
import { recordOf } from '../store/sample-rows.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { AlertEngine, FRESH_MS } from './engine.ts';

const NOW = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;

const rule = (given: Partial<AlertRule>): AlertRule => ({
  ...{ id: '0123456789ab', name: 'too hot', scope: { fleet: true }, when: { item: 't', above: 30 } },
  ...{ severity: 'warning', enabled: true, version: 1, created: NOW },
  ...given,
});

async function bench(t: TestContext, rules: AlertRule[]) {
  const folder = mkdtempSync(join(tmpdir(), 'perch-alerts-'));
  const store = await openSqliteStore(join(folder, 'perch.db'));
  const clock = { now: NOW };
  const heard = new Map([
    ['pi-1', NOW],
    ['pi-2', NOW],
  ]);
  const told: Alert[] = [];
  const failed: string[] = [];
  const feed = new Feed((error) => failed.push(String(error)));
  feed.on('alerts', (alerts) => told.push(...alerts));
  for (const one of rules) await store.putAlertRule(one);
  const load = () =>
    AlertEngine.load({
      ...{ store, feed, now: () => clock.now, heard: async () => heard },
      failed: (_, error) => failed.push((error as Error).message),
    });
  let engine = await load();
  t.after(async () => {
    await engine.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...{ store, clock, heard, told, failed },
    engine: () => engine,
    async says(alias: string, value: number, ageMs = 0) {
      feed.tell('records', [recordOf({ alias, timestamp: clock.now - ageMs, values: { t: value } })]);
      await settled();
    },
    async restart() {
      await engine.close();
      engine = await load();
    },
    states: async () => (await store.alerts()).map(({ alias, state }) => `${alias} ${state}`),
  };
}

test('an alert begins, is acknowledged, and ends by itself; each is told once', async (t) => {
  const { says, told, store, clock, states, engine } = await bench(t, [rule({})]);
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
  const { says, states, restart, clock } = await bench(t, [rule({})]);
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
  const { says, states } = await bench(t, [rule({})]);
  await says('pi-1', 99, FRESH_MS + 1);
  await says('pi-1', 20);
  await says('pi-1', 99, MINUTE);
  assert.deepEqual(await states(), []);
});

test('a board that is silent is told of, also one that never spoke again, and speaks again', async (t) => {
  const silence = rule({ name: 'silent', when: { silence: 10 * MINUTE } });
  const { clock, heard, states, engine, told, restart } = await bench(t, [silence]);
  clock.now += 11 * MINUTE;
  heard.set('pi-1', clock.now);
  await engine().tick();
  assert.deepEqual(await states(), ['pi-2 firing']);
  assert.equal(told[0]!.text, 'silent: not heard for 10m');
  await restart();
  await engine().tick();
  assert.deepEqual(await states(), ['pi-2 firing'], 'a server that was just started has heard nobody');
  heard.set('pi-2', clock.now);
  await engine().tick();
  assert.deepEqual(await states(), ['pi-2 resolved']);
});

test('a rule is for a group or a board, and its alerts end when it goes, changes or is switched off, or the board goes', async (t) => {
  const { store, says, states, engine, heard, clock } = await bench(t, [
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

test('what the disk does not take is stored when it takes it again', async (t) => {
  const { store, says, states, failed, engine, clock } = await bench(t, [rule({})]);
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
