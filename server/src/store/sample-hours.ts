import assert from 'node:assert/strict';
import { HOUR_MS, type ItemSums } from '../series/hour-items.ts';
import { makeHours } from '../series/make-hours.ts';
import type { RecordRow, Store } from './contract.ts';
import { recordOf } from './sample-rows.ts';

// Hours for tests of a store.

export const ALIAS = 'greenhouse-1';
export const HOUR = 488_888;
export const START = HOUR * HOUR_MS;
export const LATER = START + 10 * HOUR_MS;
export const paced = async (): Promise<void> => {};

/** A record `seconds` into the hour. */
export const at = (number: number, seconds: number, row: Partial<RecordRow> = {}): RecordRow =>
  recordOf({ number, timestamp: START + seconds * 1000, received: START, errors: {}, ...row });

export const temperatures = (values: number[]): RecordRow[] =>
  values.map((value, index) => at(index, index, { values: { 't.c': value } }));

export async function settle(store: Store, before = LATER): Promise<void> {
  for (;;) {
    const due = await store.dueHours(LATER, 100);
    if (due.length === 0) return;
    await makeHours(store, due, before, paced);
  }
}

/** Makes hours final, and deletes their records. */
export async function finish(store: Store, hour = HOUR, before = LATER): Promise<number> {
  assert.ok(await store.finalHour(ALIAS, hour, before));
  let gone = 0;
  for (let more = 1; more > 0; gone += more) more = await store.drainHour(ALIAS, hour, before);
  return gone;
}

export const itemsOf = async (store: Store, hour = HOUR): Promise<ItemSums | undefined> =>
  (await store.hour(ALIAS, hour))?.items;
