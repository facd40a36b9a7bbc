import type { Store } from '../store/contract.ts';
import type { AliasTable } from '../store/hour-contract.ts';
import { HOUR_MS, hourOf } from './hour-items.ts';
import { drainHour, makeHours, type Paced } from './make-hours.ts';
import { DAY_MS, type Retention } from './retention.ts';

/** Aliases that are looked at where nothing is too old, and the rows that this is taken to be as much work as. */
export const LOOKS = 100;
export const LOOKS_ROWS = 500;
/** A record from so far ahead, in ms, has a wrong time, and no hour of its own: it goes by when it came. */
export const AHEAD_MS = DAY_MS;

interface Pace {
  /** Called within the making of an hour and the deleting of its records. */
  paced: Paced;
  /** Called where no hour is being made, so that another may be. */
  between: Paced;
}

/**
 * Deletes what is too old, once through all boards: records whose hour is made, final hours, gaps. What the functions of `pace`
 * throw ends the pass, and the next one goes on from what is stored.
 */
export async function retentionPass(
  store: Store,
  { rawDays, hourDays }: Retention,
  now: number,
  pace: Pace,
): Promise<void> {
  const { between } = pace;
  const rawBefore = now - rawDays * DAY_MS;
  const hoursBefore = now - hourDays * DAY_MS;
  await eachAlias(store, 'records', between, async (alias) => {
    await dropRecords(store, alias, rawBefore, pace);
    for (let gone = 1; gone > 0; ) {
      gone = await store.dropAhead(alias, hourOf(now + AHEAD_MS), rawBefore);
      if (gone > 0) await between(gone);
    }
  });
  await eachAlias(store, 'hours', between, async (alias) => {
    for (let gone = 1; gone > 0; ) {
      gone = await store.dropHours(alias, hourOf(hoursBefore));
      if (gone > 0) await between(gone);
    }
  });
  await eachAlias(store, 'gaps', between, async (alias) => {
    for (let gone = 1; gone > 0; ) {
      gone = await store.dropGaps(alias, hoursBefore);
      if (gone > 0) await between(gone);
    }
  });
}

async function eachAlias(
  store: Store,
  table: AliasTable,
  between: Paced,
  body: (alias: string) => Promise<void>,
): Promise<void> {
  let looked = 0;
  for (let alias = await store.nextAlias(table, ''); alias !== undefined; ) {
    await body(alias);
    if (++looked % LOOKS === 0) await between(LOOKS_ROWS);
    alias = await store.nextAlias(table, alias);
  }
}

/** Records go by whole hours that ended before `before`, the oldest first. */
async function dropRecords(
  store: Store,
  alias: string,
  before: number,
  { paced, between }: Pace,
): Promise<void> {
  let from = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const oldest = await store.oldestRecord(alias, from);
    if (oldest === undefined || hourOf(oldest) >= hourOf(before)) return;
    const key = { alias, hour: hourOf(oldest) };
    const state = await store.hourState(alias, key.hour);
    if (state === 'due' || state === 'none') await makeHours(store, [key], before, paced);
    if (state !== 'final') await store.finalHour(alias, key.hour, before);
    if ((await store.hourState(alias, key.hour)) === 'final') await drainHour(store, key, before, paced);
    // What is still there stays for now: a late record that came this very moment, or one of an unset clock.
    from = (key.hour + 1) * HOUR_MS;
    await between(1);
  }
}
