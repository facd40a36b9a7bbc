import type { DatabaseSync } from 'node:sqlite';
import { HOUR_MS, hourOf } from '../series/hour-items.ts';
import { HOUR_GRACE_MS, MARK_ROWS } from './hour-contract.ts';

/** Marks the hours of records as due; must run inside the transaction that stores them. */
export function hourMarks(db: DatabaseSync): (alias: string, timestamp: number, received: number) => void {
  const insert = db.prepare('INSERT OR IGNORE INTO hours_due VALUES (?, ?, 0, ?)');
  return (alias, timestamp, received) => {
    const hour = hourOf(timestamp);
    insert.run(alias, hour, Math.max((hour + 1) * HOUR_MS, received) + HOUR_GRACE_MS);
  };
}

/** How far marking of old hours is: [alias, from which hour], JSON. It is there while there is something to mark. */
const MARKED = 'hours.marked';
/** Before any record's; the migration that made the table begins with it. */
const FIRST_HOUR = -1;

/**
 * Marks the hours of records that were stored before hours were made, a bounded number at a time; false when all are. Must run
 * inside a transaction.
 */
export function oldHourMarks(
  db: DatabaseSync,
  mark: (alias: string, timestamp: number, received: number) => void,
  records: {
    nextAlias(after: string): string | undefined;
    oldest(alias: string, from: number): number | undefined;
  },
): () => boolean {
  const get = db.prepare('SELECT value FROM settings WHERE name = ?');
  const set = db.prepare('UPDATE settings SET value = ? WHERE name = ?');
  const remove = db.prepare('DELETE FROM settings WHERE name = ?');
  return () => {
    const stored = get.get(MARKED)?.value as string | undefined;
    if (stored === undefined) return false;
    let [alias, hour] = JSON.parse(stored) as [string, number];
    for (let steps = 0; steps < MARK_ROWS; steps++) {
      const timestamp = records.oldest(alias, hour * HOUR_MS);
      if (timestamp !== undefined) {
        mark(alias, timestamp, 0);
        hour = hourOf(timestamp) + 1;
        continue;
      }
      const following = records.nextAlias(alias);
      if (following === undefined) {
        remove.run(MARKED);
        return false;
      }
      [alias, hour] = [following, FIRST_HOUR];
    }
    set.run(JSON.stringify([alias, hour]), MARKED);
    return true;
  };
}
