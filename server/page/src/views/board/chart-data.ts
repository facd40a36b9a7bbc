import type { Gap, Series, SeriesErrors } from '../../api-types.ts';

/** Columns of a chart: times in seconds, mean, lowest and highest. null: nothing is there. */
export interface ChartData {
  t: number[];
  mean: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

/** The time between points that is usual: the middle one of all. */
function usualStep(t: readonly number[]): number {
  const steps = t.slice(1).map((at, index) => at - t[index]!);
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}

/**
 * A series as a chart draws it: a hole where no point came for three steps, so that no line claims what nobody measured.
 * `bucket`: ms that a point stands for, 0 for single values. Pure.
 */
export function chartData(series: Series, bucket: number): ChartData {
  const step = Math.max(bucket, usualStep(series.t));
  const data: ChartData = { t: [], mean: [], low: [], high: [] };
  const put = (t: number, mean: number | null, low = mean, high = mean): void => {
    data.t.push(t / 1_000);
    data.mean.push(mean);
    data.low.push(low);
    data.high.push(high);
  };
  for (const [index, t] of series.t.entries()) {
    const before = series.t[index - 1];
    if (before !== undefined && step > 0 && t - before > step * 3) put((before + t) / 2, null);
    put(t, series.mean[index] ?? null, series.min?.[index] ?? undefined, series.max?.[index] ?? undefined);
  }
  return data;
}

export interface Extent {
  lowest: number;
  highest: number;
  last: number;
}

/** The ends of what a chart shows, for its words; undefined when there is no number. Pure. */
export function extentOf({ mean, low, high }: ChartData): Extent | undefined {
  const isNumber = (value: number | null): value is number => value !== null;
  const last = mean.findLast(isNumber);
  if (last === undefined) return undefined;
  const lowest = low.filter(isNumber).reduce((a, b) => Math.min(a, b));
  const highest = high.filter(isNumber).reduce((a, b) => Math.max(a, b));
  return { lowest, highest, last };
}

/** The ends of a time without points, so that gaps and errors have an axis to stand on. Pure. */
export const bareData = (since: number, until: number): ChartData => {
  const none = [null, null];
  return { t: [since / 1_000, until / 1_000], mean: none, low: none, high: none };
};

/** How often an item could not be read: once for each bucket says too little. Pure. */
export const errorCount = ({ n }: SeriesErrors): number => n.reduce((sum, each) => sum + each, 0);

/** The parts of gaps that lie in a chart, in seconds. Pure. */
export const gapsWithin = (gaps: readonly Gap[], since: number, until: number): [number, number][] =>
  gaps
    .filter((gap) => gap.until >= since && gap.since <= until)
    .map((gap) => [Math.max(gap.since, since) / 1_000, Math.min(gap.until, until) / 1_000]);
