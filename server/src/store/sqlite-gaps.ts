import type { DatabaseSync } from 'node:sqlite';
import { GAPS_PAGE, type Gap, type GapRow } from './contract.ts';

/** What SQLite is given for a row. Made before the row waits for a commit, so that a bad row fails its own call only. */
function bind(gap: GapRow): (string | number)[] {
  const { alias, stream, from, to, count, since, until, why, received } = gap;
  for (const number of [from, to, count, since, until, received])
    if (!Number.isSafeInteger(number)) throw new TypeError(`a gap of ${alias} holds ${number}`);
  if (to < from) throw new TypeError(`a gap of ${alias} ends before it begins`);
  return [alias, stream, from, to, count, since, until, why, received];
}

export function gapTable(db: DatabaseSync) {
  const upsert = db.prepare(
    `INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (alias, stream, "from", why) DO UPDATE SET
       "to" = max("to", excluded."to"), count = max(count, excluded.count), since = min(since, excluded.since),
       until = max(until, excluded.until), received = max(received, excluded.received)`,
  );
  const select = db.prepare(
    `SELECT *, min(count, "to" - "from" + 1 - (SELECT count(*) FROM records WHERE records.alias = gaps.alias
         AND records.stream = gaps.stream AND number BETWEEN "from" AND "to")) AS missing
     FROM gaps WHERE alias = ? AND until >= ? AND since <= ?
     ORDER BY until DESC, stream DESC, "from" DESC LIMIT ?`,
  );
  return {
    /** Checks and binds gaps; the returned function stores them and must run inside a transaction. */
    inserter(gaps: GapRow[]): () => void {
      const bound = gaps.map(bind);
      return () => {
        for (const row of bound) upsert.run(...row);
      };
    },
    page(alias: string, query: { since?: number; until?: number; limit?: number } = {}): Gap[] {
      const rows = select.all(
        alias,
        query.since ?? Number.MIN_SAFE_INTEGER,
        query.until ?? Number.MAX_SAFE_INTEGER,
        Math.floor(Math.max(0, Math.min(query.limit ?? GAPS_PAGE, GAPS_PAGE))),
      );
      return (rows as unknown as Gap[]).map((row) => ({ ...row }));
    },
  };
}
