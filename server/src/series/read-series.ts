import type { Gap, Store } from '../store/contract.ts';
import type { RecordCursor } from '../store/hour-contract.ts';
import { type Aggregate, type ErrorColumns, ItemBuckets, type SeriesColumns } from './columns.ts';
import { addError, addValue, HOUR_MS, hourOf } from './hour-items.ts';
import { planSeries, RAW_ROWS_LIMIT, type SeriesPlan } from './plan.ts';
import type { Turns } from './turns.ts';

/** Gaps that an answer has, the latest ones. */
export const SERIES_GAPS_LIMIT = 200;
/** Hours whose numbers are still to be made that one answer looks for, the newest ones. */
export const DUE_HOURS_LIMIT = 1_000;

export interface SeriesQuery {
  items: readonly string[];
  since: number; // Unix ms
  until: number;
  points: number;
  aggregates: readonly Aggregate[];
}

export interface Series extends SeriesPlan {
  since: number;
  until: number;
  series: SeriesColumns[];
  errors: ErrorColumns[];
  gaps: Gap[];
  /** Hours are left out whose numbers are not made yet: there are too many records in them. */
  incomplete?: true;
}

export interface SeriesSource {
  store: Store;
  turns: Turns;
  /** Units of a board's items, as its config has them. */
  units(alias: string): Promise<ReadonlyMap<string, string>>;
}

/** Reads some items of a board over a range, in slices between which the event loop turns. */
export async function readSeries(source: SeriesSource, alias: string, query: SeriesQuery): Promise<Series> {
  const { store, turns } = source;
  const { items, since, until, points } = query;
  await turns.next();
  const plan = planSeries({
    ...{ since, until, points },
    records: await store.countRecords(alias, since, until, RAW_ROWS_LIMIT + 1),
    startsFinal: await store.startsFinal(alias, hourOf(since), hourOf(until)),
  });
  const buckets = items.map(() => new ItemBuckets());
  const reading = { source, alias, items, buckets, bucket: plan.bucket };
  const complete =
    plan.source === 'raw'
      ? (await addRecords(reading, since, until, RAW_ROWS_LIMIT)) >= 0
      : await addHours(reading, since, until);
  const units = await source.units(alias);
  await turns.next();
  return {
    ...{ since, until, ...plan },
    series: buckets.map((one, index) =>
      one.columns(items[index]!, units.get(items[index]!), query.aggregates),
    ),
    errors: buckets.flatMap((one, index) => one.errors(items[index]!) ?? []),
    gaps: await store.gaps(alias, { since, until, limit: SERIES_GAPS_LIMIT }),
    ...(complete ? {} : { incomplete: true as const }),
  };
}

interface Reading {
  source: SeriesSource;
  alias: string;
  items: readonly string[];
  buckets: readonly ItemBuckets[];
  bucket: number;
}

/** Adds what records of a range have. Gives how many more might have been read; below 0: it stopped for that. */
async function addRecords(reading: Reading, since: number, until: number, rows: number): Promise<number> {
  const { source, alias, items, buckets, bucket } = reading;
  let after: RecordCursor | undefined;
  let left = rows;
  do {
    await source.turns.next();
    const page = await source.store.itemPage(alias, items, {
      ...{ since, until },
      ...(after === undefined ? {} : { after }),
    });
    for (const { timestamp, values, errors } of page.rows) {
      const start = bucket === 0 ? timestamp : Math.floor(timestamp / bucket) * bucket;
      for (const [index, one] of buckets.entries()) {
        const [value, reason] = [values[index], errors[index]];
        if (value !== undefined) addValue(one.at(start), timestamp, value);
        if (reason !== undefined) addError(one.at(start), timestamp, reason);
      }
    }
    left -= page.rows.length;
    after = page.next;
  } while (after !== undefined && left > 0);
  return after === undefined ? Math.max(0, left) : -1;
}

/** Adds the hours of a range; those that are due are summed up from their records, the newest first. False: not all of them. */
async function addHours(reading: Reading, since: number, until: number): Promise<boolean> {
  const { source, alias, items, buckets, bucket } = reading;
  const { store, turns } = source;
  const last = hourOf(until);
  const due = await store.dueHoursOf(alias, hourOf(since), last, DUE_HOURS_LIMIT);
  const stale = new Set(due);
  for (let from: number | undefined = hourOf(since); from !== undefined; ) {
    await turns.next();
    const page: Awaited<ReturnType<typeof store.itemHours>> = await store.itemHours(alias, items, from, last);
    for (const { hour, final, sums } of page.rows) {
      // A late record of a final hour is counted as soon as it is added to it.
      if (final) stale.delete(hour);
      else if (stale.has(hour)) continue;
      const start = Math.floor((hour * HOUR_MS) / bucket) * bucket;
      for (const [index, sum] of sums.entries()) if (sum !== undefined) buckets[index]!.add(start, sum);
    }
    from = page.next;
  }
  let left = RAW_ROWS_LIMIT;
  for (const hour of due) {
    if (!stale.has(hour)) continue;
    if (left <= 0) return false;
    left = await addRecords(reading, hour * HOUR_MS, (hour + 1) * HOUR_MS - 1, left);
  }
  return left >= 0 && due.length < DUE_HOURS_LIMIT;
}
