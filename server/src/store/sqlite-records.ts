import type { DatabaseSync } from 'node:sqlite';
import { type Added, RECORDS_PAGE, type RecordRow } from './contract.ts';
import { isSameRecord, streamsOf } from './record-identity.ts';
import { hourMarks } from './sqlite-hour-marks.ts';

/** What SQLite is given for a row, without alias and stream. Made before the row waits for a commit, so that a bad row fails its own call only. */
function bind(row: RecordRow): (string | number | null)[] {
  for (const value of Object.values(row.values))
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new TypeError(`a record of ${row.alias} holds ${value}, which is not a value`);
  for (const number of [
    row.number,
    row.timestamp,
    row.per,
    row.configVersion,
    row.received,
    row.sinceBoot ?? 0,
  ])
    if (!Number.isSafeInteger(number)) throw new TypeError(`a record of ${row.alias} holds ${number}`);
  return [
    row.number,
    row.timestamp,
    row.synchronised ? 1 : 0,
    row.per,
    row.configVersion,
    row.version,
    JSON.stringify(row.values),
    JSON.stringify(row.errors),
    row.received,
    row.boot,
    row.sinceBoot ?? null,
  ];
}

/** A row of the table. */
export interface Stored {
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
  boot: string;
  since_boot: number | null;
}

export const rowOf = (row: Stored): RecordRow => ({
  alias: row.alias,
  stream: row.stream,
  number: row.number,
  timestamp: row.timestamp,
  synchronised: row.synchronised === 1,
  per: row.per,
  configVersion: row.config_version,
  version: row.version,
  boot: row.boot,
  ...(row.since_boot === null ? {} : { sinceBoot: row.since_boot }),
  values: JSON.parse(row.values) as RecordRow['values'],
  errors: JSON.parse(row.errors) as RecordRow['errors'],
  received: row.received,
});

export function recordTable(db: DatabaseSync) {
  const insert = db.prepare(
    'INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (alias, stream, number) DO NOTHING',
  );
  const find = db.prepare('SELECT * FROM records WHERE alias = ? AND stream = ? AND number = ?');
  const repair = db.prepare(
    `UPDATE records SET timestamp = :timestamp, synchronised = 1
     WHERE alias = :alias AND stream = :stream AND number = :number`,
  );

  const markHour = hourMarks(db);

  /** Stores one record, or finds it stored; `fresh` is the row that was new. */
  function put(row: RecordRow, bound: (string | number | null)[]): { fresh?: RecordRow; behind: boolean } {
    const { alias, number, timestamp, received } = row;
    for (const stream of streamsOf(row)) {
      const behind = stream !== row.stream;
      if (insert.run(alias, stream, ...bound).changes === 1) {
        markHour(alias, timestamp, received);
        return { fresh: { ...row, stream }, behind };
      }
      const stored = rowOf(find.get(alias, stream, number) as unknown as Stored);
      if (!isSameRecord(stored, row)) continue;
      if (row.synchronised && !stored.synchronised) {
        repair.run({ alias, stream, number, timestamp });
        // The hour that it was in has it no more.
        markHour(alias, stored.timestamp, received);
        markHour(alias, timestamp, received);
      }
      return { behind };
    }
    throw new TypeError('streamsOf ended');
  }

  const select = (direction: 'ASC' | 'DESC') =>
    db.prepare(
      `SELECT * FROM records WHERE alias = ? AND timestamp >= ? AND timestamp <= ?
       ORDER BY timestamp ${direction}, stream ${direction}, number ${direction} LIMIT ?`,
    );
  const statements = { newest: select('DESC'), oldest: select('ASC') };
  return {
    /** Checks and binds rows; the returned function stores them and must run inside a transaction. */
    inserter(rows: RecordRow[]): () => Added {
      const bound = rows.map(bind);
      return () => {
        const done = rows.map((row, index) => put(row, bound[index]!));
        return {
          fresh: done.flatMap(({ fresh }) => fresh ?? []),
          behind: done.some(({ behind }) => behind),
        };
      };
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
