import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { sumOfCells } from '../series/hour-items.ts';
import type { Doing } from './group-commit.ts';
import {
  HOUR_SLICE_ROWS,
  type HourStore,
  ITEM_SLICE_BYTES,
  ITEM_SLICE_ROWS,
  type ItemHours,
  type ItemsAt,
  type RecordCursor,
  SLICE_CHARACTERS,
  SLICE_RECORDS,
} from './hour-contract.ts';
import { rowOf, type Stored } from './sqlite-records.ts';

type Methods = Pick<
  HourStore,
  'recordPage' | 'countRecords' | 'itemPage' | 'itemHours' | 'dueHoursOf' | 'startsFinal'
>;

const [FIRST, LAST] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** A JSON path of SQLite to a member (https://sqlite.org/json1.html, section 3). Its names cannot hold quotes. */
const pathOf = (name: string): string => `$."${name}"`;

const parsed = (cell: unknown): unknown => (cell === null ? undefined : JSON.parse(cell as string));

/** Reads in pieces of bounded size; `read` is that of the store. */
export function seriesMethods(db: DatabaseSync, read: Doing): Methods {
  const page = (order: 'ASC' | 'DESC') =>
    db.prepare(
      `SELECT * FROM records WHERE alias = ? AND timestamp >= ? AND timestamp <= ?
         AND (timestamp, stream, number) ${order === 'ASC' ? '>' : '<'} (?, ?, ?)
       ORDER BY timestamp ${order}, stream ${order}, number ${order} LIMIT ?`,
    );
  const pages = { oldest: page('ASC'), newest: page('DESC') };
  const count = db.prepare(
    `SELECT count(*) AS count FROM
       (SELECT 1 FROM records WHERE alias = ? AND timestamp >= ? AND timestamp <= ? LIMIT ?)`,
  );
  const due = db.prepare(
    `SELECT DISTINCT hour FROM hours_due WHERE alias = ? AND hour >= ? AND hour <= ?
     ORDER BY hour DESC LIMIT ?`,
  );
  const first = db.prepare(
    'SELECT final FROM hours WHERE alias = ? AND hour >= ? AND hour <= ? ORDER BY hour LIMIT 1',
  );

  /** One statement for each number of items. */
  const made = new Map<string, StatementSync>();
  const statement = (key: string, sql: () => string): StatementSync => {
    let found = made.get(key);
    if (found === undefined) {
      found = db.prepare(sql());
      found.setReturnArrays(true);
      made.set(key, found);
    }
    return found;
  };
  const cells = (column: string, items: number): string =>
    Array.from({ length: items }, (_, index) => `, ${column} -> ?${index + 1}`).join('');
  const ofRecords = (items: number): StatementSync =>
    statement(
      `records ${items}`,
      () => `SELECT timestamp, stream, number, octet_length("values") + octet_length(errors)${cells('"values"', items)}${cells("nullif(errors, '{}')", items)}
        FROM records WHERE alias = ? AND timestamp >= ? AND timestamp <= ? AND (timestamp, stream, number) > (?, ?, ?)
        ORDER BY timestamp, stream, number LIMIT ${ITEM_SLICE_ROWS}`,
    );
  const ofHours = (items: number): StatementSync =>
    statement(
      `hours ${items}`,
      () => `SELECT hour, final, octet_length(items)${cells('items', items)} FROM hours
        WHERE alias = ? AND hour >= ? AND hour <= ? ORDER BY hour LIMIT ${HOUR_SLICE_ROWS}`,
    );

  return {
    recordPage: (
      alias,
      { since = FIRST, until = LAST, order = 'newest', after, limit = SLICE_RECORDS } = {},
    ) =>
      read(() => {
        const most = Math.floor(Math.max(1, Math.min(limit, SLICE_RECORDS)));
        const from = after ?? (order === 'oldest' ? BEFORE_ALL : AFTER_ALL);
        // The index takes the plain bounds only: without the cursor's time in them, all pages before this one would be read again.
        const [least, greatest] =
          order === 'oldest'
            ? [Math.max(since, from.timestamp), until]
            : [since, Math.min(until, from.timestamp)];
        const found = pages[order].iterate(
          ...([alias, least, greatest, from.timestamp, from.stream, from.number, most + 1] as const),
        );
        const rows = [];
        let characters = 0;
        for (const one of found as Iterable<unknown>) {
          const stored = one as Stored;
          characters += stored.values.length + stored.errors.length;
          if (rows.length === most || (rows.length > 0 && characters > SLICE_CHARACTERS))
            return { rows, next: cursorOf(rows.at(-1)!) };
          rows.push(rowOf(stored));
        }
        return { rows };
      }),
    countRecords: (alias, since, until, limit) =>
      read(() => Number(count.get(alias, since, until, limit)?.count)),
    itemPage: (alias, items, { since, until, after = BEFORE_ALL }) =>
      read(() => {
        const found = ofRecords(items.length).iterate(
          ...items.map(pathOf),
          ...([alias, Math.max(since, after.timestamp), until] as const),
          ...([after.timestamp, after.stream, after.number] as const),
        ) as Iterable<unknown> as Iterable<[number, string, number, number, ...unknown[]]>;
        const rows: ItemsAt[] = [];
        let bytes = 0;
        for (const [timestamp, stream, number, size, ...rest] of found) {
          rows.push({
            timestamp,
            values: rest.slice(0, items.length).map(parsed) as ItemsAt['values'],
            errors: rest.slice(items.length).map(parsed) as ItemsAt['errors'],
          });
          bytes += size;
          if (rows.length === ITEM_SLICE_ROWS || bytes > ITEM_SLICE_BYTES)
            return { rows, next: { timestamp, stream, number } };
        }
        return { rows };
      }),
    itemHours: (alias, items, since, until) =>
      read(() => {
        const found = ofHours(items.length).iterate(
          ...items.map(pathOf),
          ...([alias, since, until] as const),
        ) as Iterable<unknown> as Iterable<[number, number, number, ...(string | null)[]]>;
        const rows: ItemHours[] = [];
        let bytes = 0;
        for (const [hour, final, size, ...rest] of found) {
          const sums = rest.map((cell) => (cell === null ? undefined : sumOfCells(JSON.parse(cell), hour)));
          rows.push({ hour, final: final === 1, sums });
          bytes += size;
          if (rows.length === HOUR_SLICE_ROWS || bytes > ITEM_SLICE_BYTES) return { rows, next: hour + 1 };
        }
        return { rows };
      }),
    dueHoursOf: (alias, since, until, limit) =>
      read(() => due.all(alias, since, until, limit).map(({ hour }) => Number(hour))),
    startsFinal: (alias, since, until) => read(() => first.get(alias, since, until)?.final === 1),
  };
}

const BEFORE_ALL: RecordCursor = { timestamp: FIRST, stream: '', number: FIRST };
const AFTER_ALL: RecordCursor = { timestamp: LAST, stream: '~', number: LAST };

const cursorOf = ({ timestamp, stream, number }: RecordCursor): RecordCursor => ({
  timestamp,
  stream,
  number,
});
