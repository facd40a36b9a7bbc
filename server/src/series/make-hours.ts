import type { Store } from '../store/contract.ts';
import type { HourKey, HourRow, RecordCursor } from '../store/hour-contract.ts';
import { addRecord, HOUR_MS } from './hour-items.ts';
import { addNumber } from './runs.ts';

/** Told after each slice of reading or deleting with its rows, so that whoever paces can rest. */
export type Paced = (rows: number) => Promise<void>;

/** A row of an hour without any record. */
const empty = ({ alias, hour }: HourKey): HourRow => ({
  ...{ alias, hour, items: new Map(), records: 0, runs: new Map(), unsynchronised: 0, final: false },
});

/** Sums an hour up from the records that are stored of it, slice by slice. */
export async function sumHour(store: Store, key: HourKey, paced: Paced): Promise<HourRow> {
  const row = empty(key);
  const since = key.hour * HOUR_MS;
  let after: RecordCursor | undefined;
  do {
    const page = await store.recordPage(key.alias, {
      ...{ since, until: since + HOUR_MS - 1, order: 'oldest' },
      ...(after === undefined ? {} : { after }),
    });
    for (const record of page.rows) {
      // A record whose time is repaired between two slices may come twice; its hour is due again then.
      if (!addNumber(row.runs, record.stream, record.number)) continue;
      addRecord(row.items, record);
      row.records += 1;
      if (!record.synchronised) row.unsynchronised = Math.max(row.unsynchronised, record.received);
    }
    await paced(page.rows.length);
    after = page.next;
  } while (after !== undefined);
  return row;
}

/**
 * Makes hours, whatever state they are in: of one that is final, late records are added to it and go. `before`: what a board
 * without a clock sent since then (Unix ms) stays.
 */
export async function makeHours(
  store: Store,
  keys: readonly HourKey[],
  before: number,
  paced: Paced,
): Promise<void> {
  const states = await store.beginHours(keys);
  const rows: HourRow[] = [];
  for (const [index, key] of keys.entries())
    if (states[index] === 'final') await drainHour(store, key, before, paced);
    else rows.push(await sumHour(store, key, paced));
  await store.putHours(rows);
}

/** Deletes the records of a final hour. */
export async function drainHour(store: Store, key: HourKey, before: number, paced: Paced): Promise<number> {
  let all = 0;
  for (;;) {
    const gone = await store.drainHour(key.alias, key.hour, before);
    if (gone === 0) return all;
    all += gone;
    await paced(gone);
  }
}
