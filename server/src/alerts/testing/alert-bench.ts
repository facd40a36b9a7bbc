import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Feed } from '../../feed.ts';
import type { Alert, AlertRule } from '../../store/alert-contract.ts';
import type { RecordRow } from '../../store/contract.ts';
import { recordOf } from '../../store/sample-rows.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { AlertEngine, SILENCE_LOOK_MS } from '../engine.ts';

export const NOW = Date.UTC(2026, 5, 1);
export const MINUTE = 60_000;

export const rule = (given: Partial<AlertRule>): AlertRule => ({
  ...{ id: '0123456789ab', name: 'too hot', scope: { fleet: true }, when: { item: 't', above: 30 } },
  ...{ severity: 'warning', enabled: true, version: 1, created: NOW },
  ...given,
});

/** An engine on a real store, for the boards pi-1 and pi-2. Time stands still until it is moved. */
export async function alertBench(t: TestContext, rules: AlertRule[]) {
  const folder = mkdtempSync(join(tmpdir(), 'perch-alerts-'));
  const store = await openSqliteStore(join(folder, 'perch.db'));
  const clock = { now: NOW };
  const heard = new Map([
    ['pi-1', NOW],
    ['pi-2', NOW],
  ]);
  /** What happens while it is read when boards were heard. */
  const reading = { meanwhile: async (): Promise<void> => undefined };
  const told: Alert[] = [];
  const failed: string[] = [];
  const feed = new Feed((error) => failed.push(String(error)));
  feed.on('alerts', (alerts) => told.push(...alerts));
  for (const one of rules) await store.putAlertRule(one);
  const load = () =>
    AlertEngine.load({
      ...{ store, feed, now: () => clock.now },
      async heard() {
        await reading.meanwhile();
        return heard;
      },
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
  const row = (alias: string, value: number, ageMs = 0): RecordRow =>
    recordOf({ alias, timestamp: clock.now - ageMs, values: { t: value } });
  return {
    ...{ store, feed, clock, heard, reading, told, failed, settled, row },
    engine: () => engine,
    async says(alias: string, value: number, ageMs = 0) {
      feed.tell('records', [row(alias, value, ageMs)]);
      await settled();
    },
    /** Time goes by, in which it is looked for silent boards as often as it should; those named speak all the while. */
    async pass(ms: number, speaking: readonly string[] = []) {
      for (const end = clock.now + ms; clock.now < end; ) {
        clock.now += Math.min(SILENCE_LOOK_MS, end - clock.now);
        for (const alias of speaking) heard.set(alias, clock.now);
        await engine.tick();
      }
    },
    async restart() {
      await engine.close();
      engine = await load();
    },
    states: async () => (await store.alerts()).map(({ alias, state }) => `${alias} ${state}`),
  };
}
