import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadKeys } from '../keys.ts';
import type { Alert } from '../store/alert-contract.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { toldServer } from '../testing/told-server.ts';
import { type CommandArgs, type CommandName, type CommandResult, runCommand } from './commands.ts';
import type { CommandContext } from './context.ts';

const TESTER = { actor: 'local:test', scope: 'admin' } as const;
const NOW = Date.UTC(2026, 5, 1);

async function bench(t: TestContext) {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-alert-commands-'));
  const store = await openSqliteStore(databasePath(dataDir));
  t.after(async () => {
    await store.close();
    rmSync(dataDir, { recursive: true });
  });
  const told: Alert[] = [];
  const context: CommandContext = {
    ...{ store, dataDir, now: () => NOW, keys: await loadKeys(dataDir, store) },
    live: toldServer([], { alertsTold: (alerts) => told.push(...alerts) }),
    settings: { broker: 'mqtt://perch.example.org', prefix: 'perch/v1', page: '' },
  };
  const run = <N extends CommandName>(name: N, args: CommandArgs<N>) =>
    runCommand(context, TESTER, name, args) as Promise<CommandResult<N>>;
  return { store, told, run };
}

const firing = { rule: '0123456789ab', name: 'hot', severity: 'warning', state: 'firing' } as const;

test('who acknowledges an alert is written down and told; a second time, or of no alert, it is refused', async (t) => {
  const { store, told, run } = await bench(t);
  const [{ id }] = (await store.addAlerts([{ ...firing, alias: 'pi-1', since: NOW, text: '' }])) as [Alert];
  const { alert } = await run('alertAcknowledge', { id, note: 'on my way' });
  assert.deepEqual(
    [alert.state, alert.acknowledgedBy, alert.acknowledgedAt, alert.note],
    ['acknowledged', 'local:test', NOW, 'on my way'],
  );
  assert.deepEqual(told, [alert]);
  await assert.rejects(
    run('alertAcknowledge', { id }),
    /^CommandRefused: local:test has seen to alert 1 already$/,
  );
  await assert.rejects(
    run('alertAcknowledge', { id: id + 1 }),
    /there is no alert 2; see perch-server alert list/,
  );
  assert.equal(told.length, 1);
});

test('an alert that ends while it is being acknowledged is over, and whoever did it is told', async (t) => {
  const { store, told, run } = await bench(t);
  const [{ id }] = (await store.addAlerts([{ ...firing, alias: 'pi-1', since: NOW, text: '' }])) as [Alert];
  const { updateAlerts } = store;
  store.updateAlerts = async (changes) => {
    await updateAlerts([{ id, state: 'resolved', ended: NOW }]);
    return updateAlerts(changes);
  };
  await assert.rejects(run('alertAcknowledge', { id }), /alert 1 is over already/);
  assert.deepEqual(
    (await store.alerts()).map(({ state }) => state),
    ['resolved'],
  );
  assert.deepEqual(told, []);
});

test('a rate whose hysteresis is larger than itself is refused, as nothing could end it', async (t) => {
  const { store, run } = await bench(t);
  const rule = (hysteresis: number) => ({
    ...{ name: 'jump', scope: { fleet: true as const }, severity: 'warning' as const },
    when: { item: 't', rate: 5, per: 60_000, hysteresis },
  });
  const never = /a hysteresis of 5.1 with a rate of 5 makes alerts that never end; choose one of 5 at most/;
  await assert.rejects(run('alertRuleAdd', rule(5.1)), never);
  const { rule: added } = await run('alertRuleAdd', rule(5));
  await assert.rejects(run('alertRuleSet', { id: added.id, rule: rule(5.1) }), never);
  assert.deepEqual(await store.alertRules(), [added]);
});
