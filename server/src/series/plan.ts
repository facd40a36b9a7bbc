import { HOUR_MS } from './hour-items.ts';

/** Points of a series, at most, and unless told. */
export const POINTS = { most: 2_000, otherwise: 400 } as const;
/** Items that are read at once. */
export const SERIES_ITEMS_LIMIT = 16;
/** Records that are looked at for one answer; where there are more, the hours are taken. */
export const RAW_ROWS_LIMIT = 100_000;

const [SECOND, MINUTE, DAY] = [1_000, 60_000, 24 * HOUR_MS];
/** Lengths of a bucket that people read off a clock or a calendar, in ms. */
const BUCKETS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR_MS),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
];

export interface SeriesPlan {
  source: 'raw' | 'hours';
  /** ms; 0: each record is a point. Buckets begin at multiples of it since 1970. */
  bucket: number;
}

/** The shortest bucket of a round length that is not below `least` ms. Pure. */
const niceBucket = (least: number): number =>
  BUCKETS.find((bucket) => bucket >= least) ?? Math.ceil(least / (364 * DAY)) * 364 * DAY;

/**
 * How a range is read. Records are points where there are few enough; else they are put into buckets of a round length. Buckets
 * of an hour or more, ranges with too many records and those whose records went are read from the hours: an hour that reaches
 * into the range then counts whole. Pure.
 */
export function planSeries(asked: {
  since: number; // Unix ms
  until: number;
  points: number;
  /** Records within the range; those over RAW_ROWS_LIMIT need not be counted. */
  records: number;
  /** The range begins with an hour whose records go or are gone. */
  startsFinal: boolean;
}): SeriesPlan {
  const { since, until, points, records, startsFinal } = asked;
  if (!startsFinal && records <= points) return { source: 'raw', bucket: 0 };
  // The range may begin within a bucket and end within another: one more than fit into it.
  const bucket = niceBucket((until - since) / Math.max(1, points - 1));
  if (startsFinal || records > RAW_ROWS_LIMIT || bucket >= HOUR_MS)
    return { source: 'hours', bucket: Math.max(bucket, HOUR_MS) };
  return { source: 'raw', bucket };
}
