import type { DatabaseSync } from 'node:sqlite';
import { addRecord, HOUR_MS, hourOf, sumsOfJson, sumsToJson } from '../series/hour-items.ts';
import { addNumber, runsOfJson, runsToJson } from '../series/runs.ts';
import type { Doing, GroupCommit } from './group-commit.ts';
import {
  type AliasTable,
  DROP_ROWS,
  type HourKey,
  type HourRow,
  type HourState,
  type HourStore,
  MARK_ROWS,
  SLICE_CHARACTERS,
} from './hour-contract.ts';
import { hourMarks, oldHourMarks } from './sqlite-hour-marks.ts';
import { rowOf, type Stored } from './sqlite-records.ts';
import { seriesMethods } from './sqlite-series.ts';

interface StoredHour extends HourKey {
  items: string;
  records: number;
  runs: string;
  unsynchronised: number;
  final: number;
}

const rowOfHour = ({ alias, hour, items, records, runs, unsynchronised, final }: StoredHour): HourRow => ({
  ...{ alias, hour, records, unsynchronised },
  items: sumsOfJson(items, hour),
  runs: runsOfJson(runs),
  final: final === 1,
});

const bind = ({ alias, hour, items, records, runs, unsynchronised }: HourRow): (string | number)[] => [
  ...([alias, hour, sumsToJson(items, hour), records, runsToJson(runs), unsynchronised] as const),
];

/** Reads and writes of hours; `read` is that of the store. */
export function hourMethods(db: DatabaseSync, read: Doing, group: GroupCommit): HourStore {
  const due = db.prepare('SELECT alias, hour FROM hours_due WHERE at <= ? ORDER BY at LIMIT ?');
  const begin = db.prepare(
    'UPDATE OR REPLACE hours_due SET making = 1 WHERE alias = ? AND hour = ? AND making = 0',
  );
  const isDue = db.prepare('SELECT 1 FROM hours_due WHERE alias = ? AND hour = ? LIMIT 1');
  const made = db.prepare('DELETE FROM hours_due WHERE alias = ? AND hour = ? AND making = 1');
  const settled = db.prepare('DELETE FROM hours_due WHERE alias = ? AND hour = ?');
  const find = db.prepare('SELECT * FROM hours WHERE alias = ? AND hour = ?');
  const finalOf = db.prepare('SELECT final FROM hours WHERE alias = ? AND hour = ?');
  const put = db.prepare(
    `INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (alias, hour) DO UPDATE SET items = excluded.items,
       records = excluded.records, runs = excluded.runs, unsynchronised = excluded.unsynchronised WHERE final = 0`,
  );
  const forget = db.prepare('DELETE FROM hours WHERE alias = ? AND hour = ? AND final = 0');
  const inHour = 'alias = :alias AND timestamp >= :from AND timestamp < :to';
  const countOf = db.prepare(`SELECT count(*) AS count FROM records WHERE ${inHour}`);
  const markNow = db.prepare('INSERT OR IGNORE INTO hours_due VALUES (?, ?, 0, 0)');
  const finish = db.prepare('UPDATE hours SET final = 1 WHERE alias = ? AND hour = ?');
  const old = db.prepare(
    `SELECT * FROM records WHERE ${inHour} AND (synchronised = 1 OR received < :before)
     ORDER BY timestamp, stream, number LIMIT ${DROP_ROWS}`,
  );
  const remove = db.prepare('DELETE FROM records WHERE alias = ? AND stream = ? AND number = ?');
  const merge = db.prepare('UPDATE hours SET items = ?, records = ?, runs = ? WHERE alias = ? AND hour = ?');
  const oldest = db.prepare(
    'SELECT timestamp FROM records WHERE alias = ? AND timestamp >= ? ORDER BY timestamp LIMIT 1',
  );
  const next = (table: AliasTable) =>
    db.prepare(`SELECT alias FROM ${table} WHERE alias > ? ORDER BY alias LIMIT 1`);
  const nexts = { records: next('records'), hours: next('hours'), gaps: next('gaps') };
  const ahead = db.prepare(
    `SELECT stream, number, timestamp FROM records WHERE alias = ? AND timestamp >= ? AND received < ?
     ORDER BY timestamp LIMIT ${DROP_ROWS}`,
  );
  const anyIn = db.prepare(`SELECT 1 FROM records WHERE ${inHour} LIMIT 1`);
  const forgetAll = db.prepare('DELETE FROM hours WHERE alias = ? AND hour = ?');
  const dropHours = db.prepare(
    `DELETE FROM hours WHERE alias = :alias AND hour IN (SELECT hour FROM hours
       WHERE alias = :alias AND hour < :hour AND final = 1 ORDER BY hour LIMIT ${DROP_ROWS})`,
  );
  const dropGaps = db.prepare(
    `DELETE FROM gaps WHERE (alias, stream, "from", why) IN (SELECT alias, stream, "from", why FROM gaps
       WHERE alias = ? AND until < ? ORDER BY until LIMIT ${DROP_ROWS})`,
  );
  const marks = oldHourMarks(db, hourMarks(db), {
    nextAlias: (after) => nexts.records.get(after)?.alias as string | undefined,
    oldest: (alias, from) => oldest.get(alias, from)?.timestamp as number | undefined,
  });

  const stateOf = (alias: string, hour: number): HourState => {
    const final = finalOf.get(alias, hour)?.final;
    if (final === 1) return 'final';
    if (isDue.get(alias, hour) !== undefined) return 'due';
    return final === undefined ? 'none' : 'open';
  };
  const span = (alias: string, hour: number) => ({ alias, from: hour * HOUR_MS, to: (hour + 1) * HOUR_MS });

  return {
    dueHours: (now, limit) =>
      read(() => {
        // An hour may be there twice: marked again while it was made by a process that ended.
        const found = new Map<string, HourKey>();
        for (const { alias, hour } of due.all(now, limit) as unknown as HourKey[])
          found.set(`${alias}/${hour}`, { alias, hour });
        return [...found.values()];
      }),
    beginHours: (keys) =>
      group.add(keys.length, () =>
        keys.map(({ alias, hour }): HourState => {
          begin.run(alias, hour);
          const final = finalOf.get(alias, hour)?.final;
          return final === undefined ? 'none' : final === 1 ? 'final' : 'open';
        }),
      ),
    putHours: async (rows) => {
      const bound = rows.map(bind);
      await group.add(rows.length, () => {
        for (const [index, { alias, hour, records }] of rows.entries()) {
          if (records === 0) forget.run(alias, hour);
          else put.run(...bound[index]!);
          made.run(alias, hour);
        }
      });
    },
    hourState: (alias, hour) => read(() => stateOf(alias, hour)),
    hour: (alias, hour) =>
      read(() => {
        const row = find.get(alias, hour);
        return row === undefined ? undefined : rowOfHour(row as unknown as StoredHour);
      }),
    finalHour: (alias, hour, before) =>
      group.add(1, () => {
        if (stateOf(alias, hour) !== 'open') return false;
        const { unsynchronised, records } = find.get(alias, hour) as unknown as StoredHour;
        if (unsynchronised >= before) return false;
        const fits = countOf.get(span(alias, hour))?.count === records;
        if (fits) finish.run(alias, hour);
        else markNow.run(alias, hour);
        return fits;
      }),
    drainHour: (alias, hour, before) =>
      group.add(DROP_ROWS, () => {
        const stored = find.get(alias, hour) as unknown as StoredHour | undefined;
        if (stored?.final !== 1) return 0;
        const row = rowOfHour(stored);
        let gone = 0;
        let late = 0;
        let characters = 0;
        for (const each of old.all({ ...span(alias, hour), before }) as unknown as Stored[]) {
          characters += each.values.length + each.errors.length;
          if (gone > 0 && characters > SLICE_CHARACTERS) break;
          // A record that its board sent again after its raw row went is counted already, so it only goes.
          if (addNumber(row.runs, each.stream, each.number)) {
            addRecord(row.items, rowOf(each));
            late += 1;
          }
          remove.run(alias, each.stream, each.number);
          gone += 1;
        }
        if (late > 0)
          merge.run(...[sumsToJson(row.items, hour), row.records + late, runsToJson(row.runs), alias, hour]);
        if (gone === 0) settled.run(alias, hour);
        return gone;
      }),
    markOldHours: () => group.add(MARK_ROWS, marks),

    nextAlias: (table, after) => read(() => nexts[table].get(after)?.alias as string | undefined),
    oldestRecord: (alias, from) => read(() => oldest.get(alias, from)?.timestamp as number | undefined),
    dropAhead: (alias, hour, before) =>
      group.add(DROP_ROWS, () => {
        const rows = ahead.all(alias, hour * HOUR_MS, before) as unknown as Stored[];
        for (const { stream, number } of rows) remove.run(alias, stream, number);
        for (const each of new Set(rows.map(({ timestamp }) => hourOf(timestamp)))) {
          if (anyIn.get(span(alias, each)) !== undefined) continue;
          forgetAll.run(alias, each);
          settled.run(alias, each);
        }
        return rows.length;
      }),
    dropHours: (alias, hour) => group.add(DROP_ROWS, () => Number(dropHours.run({ alias, hour }).changes)),
    dropGaps: (alias, before) => group.add(DROP_ROWS, () => Number(dropGaps.run(alias, before).changes)),

    ...seriesMethods(db, read),
  };
}
