import { DatabaseSync } from 'node:sqlite';
import type { Series } from '../../server/src/series/read-series.ts';
import { databasePath } from '../../server/src/store/sqlite.ts';
import { type Generated, ITEMS } from './http-data.ts';
import type { HttpUnderTest } from './http-server.ts';
import { quantile } from './statistics.ts';

const DAY_MS = 86_400_000;
export const RANGES = { day: DAY_MS, month: 30 * DAY_MS } as const;
export type Range = keyof typeof RANGES;
/** Points of a chart that is as wide as a screen. */
export const POINTS = 400;

export interface Times {
  first: number;
  p50: number;
  p99: number;
}

/** Milliseconds of something done so many times, one after the other. */
export async function timesOf(
  count: number,
  run: (n: number) => unknown,
  signal: AbortSignal,
): Promise<Times> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    signal.throwIfAborted();
    const begun = performance.now();
    await run(n);
    times.push(performance.now() - begun);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return { first: times[0]!, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

/** The nth board, item and end of range: each query is another one. Pure. */
function pick(
  data: Generated,
  range: Range,
  n: number,
): { alias: string; item: string; since: number; until: number } {
  const until = range === 'day' ? data.until - (n % 20) * DAY_MS : data.until;
  return {
    alias: data.dense[n % data.dense.length]!,
    item: ITEMS[Math.floor(n / data.dense.length) % ITEMS.length]!,
    ...{ since: until - RANGES[range], until },
  };
}

export const askSeries = (
  server: HttpUnderTest,
  data: Generated,
  range: Range,
  n: number,
): Promise<Series> => {
  const { alias, item, since, until } = pick(data, range, n);
  return server.get<Series>(
    `/devices/${alias}/series?items=${item}&since=${since}&until=${until}&points=${POINTS}`,
  );
};

/** The same question to the same file on a connection of this process, by the records: what a person would write who has SQLite. */
export function plainSqlite(
  dataDir: string,
  data: Generated,
): { run(range: Range, n: number, bucket: number): number; close(): void } {
  const db = new DatabaseSync(databasePath(dataDir), { readOnly: true });
  const statement = db.prepare(
    `SELECT timestamp / :bucket * :bucket AS t, count(v) AS n, avg(v) AS mean, min(v) AS min, max(v) AS max FROM
       (SELECT timestamp, "values" ->> :path AS v FROM records
        WHERE alias = :alias AND timestamp >= :since AND timestamp <= :until)
     GROUP BY t ORDER BY t`,
  );
  return {
    run(range, n, bucket) {
      const { alias, item, since, until } = pick(data, range, n);
      return statement.all({ alias, since, until, bucket, path: `$."${item}"` }).length;
    },
    close: () => db.close(),
  };
}
