import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordRow, Store } from '../../store/contract.ts';
import { recordOf } from '../../store/sample-rows.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { HOUR_MS } from '../hour-items.ts';

export const ALIAS = 'greenhouse-1';
/** 2026-06-01T00:00Z */
export const NOW = Date.UTC(2026, 5, 1);

/** Runs `body` with a store in a folder of its own. */
export async function withStore(body: (store: Store, path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-series-'));
  const path = join(folder, 'perch.db');
  const store = await openSqliteStore(path);
  try {
    await body(store, path);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** Records of one number each, `every` ms, from `since` on; the number is the record's own. */
export const steady = (
  since: number,
  count: number,
  every: number,
  row: Partial<RecordRow> = {},
): RecordRow[] =>
  Array.from({ length: count }, (_, index) =>
    recordOf({
      number: Math.floor(since / 1000) + index,
      timestamp: since + index * every,
      per: every,
      received: since,
      values: { 't.c': index },
      errors: {},
      ...row,
    }),
  );

export const hoursAgo = (hours: number): number => NOW - hours * HOUR_MS;
export const daysAgo = (days: number): number => hoursAgo(days * 24);
