import type { DatabaseSync } from 'node:sqlite';
import { RECORDS_PAGE, type RecordRow } from './contract.ts';

type Bound = [string, string, number, number, number, number, number, string, string, string, number];

/** What SQLite is given for a row. Made before the row waits for a commit, so that a bad row fails its own call only. */
function bind(row: RecordRow): Bound {
  for (const value of Object.values(row.values))
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new TypeError(`a record of ${row.alias} holds ${value}, which is not a value`);
  for (const number of [row.number, row.timestamp, row.per, row.configVersion, row.received])
    if (!Number.isSafeInteger(number)) throw new TypeError(`a record of ${row.alias} holds ${number}`);
  return [
    row.alias,
    row.stream,
    row.number,
    row.timestamp,
    row.synchronised ? 1 : 0,
    row.per,
    row.configVersion,
    row.version,
    JSON.stringify(row.values),
    JSON.stringify(row.errors),
    row.received,
  ];
}

interface Stored {
  alias: string;
  stream: string;
  number: number;
  timestamp: number;
  synchronised: number;
  per: number;
  config_version: number;
  version: string;
  values: string;
  errors: string;
  received: number;
}

const rowOf = (row: Stored): RecordRow => ({
  alias: row.alias,
  stream: row.stream,
  number: row.number,
  timestamp: row.timestamp,
  synchronised: row.synchronised === 1,
  per: row.per,
  configVersion: row.config_version,
  version: row.version,
  values: JSON.parse(row.values) as RecordRow['values'],
  errors: JSON.parse(row.errors) as RecordRow['errors'],
  received: row.received,
});

export function recordTable(db: DatabaseSync) {
  const insert = db.prepare(
    'INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (alias, stream, number) DO NOTHING',
  );
  const select = (direction: 'ASC' | 'DESC') =>
    db.prepare(
      `SELECT * FROM records WHERE alias = ? AND timestamp >= ? AND timestamp <= ?
       ORDER BY timestamp ${direction}, stream ${direction}, number ${direction} LIMIT ?`,
    );
  const statements = { newest: select('DESC'), oldest: select('ASC') };
  return {
    /** Checks and binds rows; the returned function stores them and must run inside a transaction. */
    inserter(rows: RecordRow[]): () => RecordRow[] {
      const bound = rows.map(bind);
      return () => rows.filter((_, index) => insert.run(...bound[index]!).changes === 1);
    },
    page(
      alias: string,
      query: { since?: number; until?: number; limit?: number; order?: 'newest' | 'oldest' } = {},
    ): RecordRow[] {
      const limit = Math.max(0, Math.min(query.limit ?? RECORDS_PAGE, RECORDS_PAGE));
      const rows = statements[query.order ?? 'newest'].all(
        alias,
        query.since ?? Number.MIN_SAFE_INTEGER,
        query.until ?? Number.MAX_SAFE_INTEGER,
        Math.floor(limit),
      );
      return (rows as unknown as Stored[]).map(rowOf);
    },
  };
}
