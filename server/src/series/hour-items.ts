import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';

export const HOUR_MS = 3_600_000;
/** Items of an hour whose numbers are kept; the names come from boards, and further ones are left out. */
export const HOUR_ITEMS_LIMIT = 1_024;

/** What is kept of an item over a while: of its numbers, of the last value of any kind, and of its errors. */
export interface ItemSum {
  /** Numbers; without any, sum, least and most mean nothing. */
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Unix ms */
  lastAt: number;
  last: Value | undefined;
  errors: number;
  errorAt: number; // Unix ms
  /** Of the last error. */
  reason: Reason | undefined;
}

export type ItemSums = Map<string, ItemSum>;

/** The hour that a moment is in, counted from 1970. Pure. */
export const hourOf = (timestamp: number): number => Math.floor(timestamp / HOUR_MS);

export const nothing = (): ItemSum => ({
  ...{ count: 0, sum: 0, min: 0, max: 0 },
  ...{ lastAt: 0, last: undefined, errors: 0, errorAt: 0, reason: undefined },
});

/** JSON has no infinity, and boards may send the largest numbers there are. */
const finite = (sum: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, sum));

/** Of two at the same moment the one whose JSON is greater, so that the order of arrival makes no difference. */
const isLater = (at: number, value: unknown, otherAt: number, other: unknown): boolean =>
  other === undefined || at > otherAt || (at === otherAt && JSON.stringify(value) > JSON.stringify(other));

/** Adds a value that was taken at `at`. */
export function addValue(to: ItemSum, at: number, value: Value): void {
  if (typeof value === 'number') {
    to.min = to.count === 0 ? value : Math.min(to.min, value);
    to.max = to.count === 0 ? value : Math.max(to.max, value);
    to.sum = finite(to.sum + value);
    to.count += 1;
  }
  if (!isLater(at, value, to.lastAt, to.last)) return;
  to.last = value;
  to.lastAt = at;
}

/** Adds an error of the moment `at`. */
export function addError(to: ItemSum, at: number, reason: Reason): void {
  to.errors += 1;
  if (!isLater(at, reason, to.errorAt, to.reason)) return;
  to.reason = reason;
  to.errorAt = at;
}

/** Adds what was summed up elsewhere, of other records. */
export function addSum(to: ItemSum, from: ItemSum): void {
  if (from.count > 0) {
    to.min = to.count === 0 ? from.min : Math.min(to.min, from.min);
    to.max = to.count === 0 ? from.max : Math.max(to.max, from.max);
    to.sum = finite(to.sum + from.sum);
    to.count += from.count;
  }
  to.errors += from.errors;
  if (from.last !== undefined && isLater(from.lastAt, from.last, to.lastAt, to.last))
    [to.last, to.lastAt] = [from.last, from.lastAt];
  if (from.reason !== undefined && isLater(from.errorAt, from.reason, to.errorAt, to.reason))
    [to.reason, to.errorAt] = [from.reason, from.errorAt];
}

/** Adds a record's values and errors to the sums of its hour. */
export function addRecord(
  sums: ItemSums,
  {
    timestamp,
    values,
    errors,
  }: { timestamp: number; values: Record<string, Value>; errors: Record<string, Reason> },
): void {
  for (const [name, value] of Object.entries(values)) {
    const sum = of(sums, name);
    if (sum !== undefined) addValue(sum, timestamp, value);
  }
  for (const [name, reason] of Object.entries(errors)) {
    const sum = of(sums, name);
    if (sum !== undefined) addError(sum, timestamp, reason);
  }
}

function of(sums: ItemSums, name: string): ItemSum | undefined {
  const known = sums.get(name);
  if (known !== undefined || sums.size >= HOUR_ITEMS_LIMIT) return known;
  const sum = nothing();
  sums.set(name, sum);
  return sum;
}

/** [count, sum, min, max, last's ms within the hour, last, errors, last error's ms, reason]; the last three only with errors. */
type Cells = [number, number, number, number, number, Value | null, number?, number?, Reason?];

/** The sums of an hour as they are stored: JSON, each item a list. Pure. */
export function sumsToJson(sums: ItemSums, hour: number): string {
  const start = hour * HOUR_MS;
  // No prototype, so that an item called __proto__ is an item.
  const cells: Record<string, Cells> = Object.create(null) as Record<string, Cells>;
  for (const [name, { count, sum, min, max, lastAt, last, errors, errorAt, reason }] of sums)
    cells[name] = [
      ...([count, sum, min, max, last === undefined ? 0 : lastAt - start, last ?? null] as const),
      ...(reason === undefined ? [] : ([errors, errorAt - start, reason] as const)),
    ] as Cells;
  return JSON.stringify(cells);
}

/** One item of sumsToJson. Pure. */
export function sumOfCells(cells: unknown, hour: number): ItemSum {
  const [count, sum, min, max, lastAt, last, errors = 0, errorAt = 0, reason] = cells as Cells;
  const start = hour * HOUR_MS;
  return {
    ...{ count, sum, min, max, lastAt: lastAt + start, last: last ?? undefined },
    ...{ errors, errorAt: errorAt + start, reason },
  };
}

/** Pure. */
export const sumsOfJson = (text: string, hour: number): ItemSums =>
  new Map(Object.entries(JSON.parse(text) as object).map(([name, cells]) => [name, sumOfCells(cells, hour)]));
