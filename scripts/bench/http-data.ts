import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fingerprint } from '../../broker-bridge/src/fingerprint.ts';
import { HourKeeper } from '../../server/src/series/hour-keeper.ts';
import { databasePath, openSqliteStore } from '../../server/src/store/sqlite.ts';
import type { Watch } from './benchmark.ts';

/** What each record has. */
export const ITEMS = ['air.temperature', 'air.humidity', 'air.pressure', 'sys.load1', 'sys.memAvailable'];
const PERIOD_MS = 60_000;
const MONTH_MS = 30 * 86_400_000;
const MONTH_RECORDS = MONTH_MS / PERIOD_MS;
/** Records of a transaction, and rows between two looks at whether to go on. */
const RECORDS_AT_ONCE = 10_000;
const STREAM = '00112233aabbccdd';

export interface Amount {
  boards: number;
  /** Values in all. */
  values: number;
}

export interface Generated {
  /** Boards that have a record each minute of the last 30 days, or as many as there are values for. */
  dense: string[];
  denseRecords: number;
  records: number;
  /** When the newest records were taken, Unix ms. */
  until: number;
  /** Bytes of the database with all records, and with their hours. */
  bytes: { records: number; hours: number };
  hours: number;
  /** Records that were summed up by the hour, per second. */
  hoursRate: number;
}

const aliasOf = (n: number): string => `board-${String(n).padStart(5, '0')}`;

/** How the values are shared out: half to boards with a whole month, the rest evenly to all others. Pure. */
export function shareOut({ boards, values }: Amount): {
  dense: number;
  denseRecords: number;
  otherRecords: number;
} {
  const records = Math.floor(values / ITEMS.length);
  const half = Math.floor(records / 2);
  const dense = Math.max(1, Math.min(boards - 1, Math.round(half / MONTH_RECORDS)));
  const denseRecords = Math.max(1, Math.min(MONTH_RECORDS, Math.floor(half / dense)));
  const otherRecords = Math.floor((records - dense * denseRecords) / Math.max(1, boards - dense));
  return { dense, denseRecords, otherRecords };
}

/** Round numbers that differ, as short as those of sensors. */
function valuesOf(board: number, n: number): string {
  const wave = Math.sin((n + board) / 90);
  return JSON.stringify({
    'air.temperature': Number((21 + 4 * wave).toFixed(2)),
    'air.humidity': Number((48 - 9 * wave).toFixed(1)),
    'air.pressure': Number((1_007 + 12 * Math.sin(n / 2_000)).toFixed(2)),
    'sys.load1': Number((0.3 + 0.2 * wave).toFixed(2)),
    'sys.memAvailable': 4096 * (500_000 + ((n * 37) % 9_000)),
  });
}

/** Fills a data folder: the rows by plain SQL, which a real server then takes as its own, and the hours as that makes them. */
export async function generate(
  dataDir: string,
  amount: Amount,
  { progress, signal }: Watch,
): Promise<Generated> {
  const path = databasePath(dataDir);
  await (await openSqliteStore(path)).close();
  const share = shareOut(amount);
  const until = Date.now();
  const dense = Array.from({ length: share.dense }, (_, n) => aliasOf(n + 1));
  const records = share.dense * share.denseRecords + (amount.boards - share.dense) * share.otherRecords;
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -65536');
    const device = db.prepare(
      `INSERT INTO devices (alias, key, digest, status, platform, version, config_version, first_seen, last_seen)
       VALUES (?, ?, ?, 'approved', 'linux-arm64', '0.1.0', 0, ?, ?)`,
    );
    const record = db.prepare(
      `INSERT INTO records VALUES (?, '${STREAM}', ?, ?, 1, ${PERIOD_MS}, 1, '0.1.0', ?, '{}', ?, '${'b0'.repeat(16)}', NULL)`,
    );
    db.exec('BEGIN');
    for (let board = 1, done = 0; board <= amount.boards; board++) {
      const key = new Uint8Array(32);
      new DataView(key.buffer).setUint32(0, board);
      device.run(aliasOf(board), key, fingerprint(key).replaceAll('-', ''), until - MONTH_MS, until);
      const count = board <= share.dense ? share.denseRecords : share.otherRecords;
      for (let n = 0; n < count; n++) {
        const at = until - (count - 1 - n) * PERIOD_MS;
        record.run(aliasOf(board), n, at, valuesOf(board, n), at);
        if (++done % RECORDS_AT_ONCE !== 0) continue;
        db.exec('COMMIT; BEGIN');
        progress(`generating: ${bar(done / records)} of ${records} records`);
        await new Promise(setImmediate);
        signal.throwIfAborted();
      }
    }
    // As of a server that had no hours yet.
    db.exec(`INSERT OR REPLACE INTO settings VALUES ('hours.marked', '["",-1]'); COMMIT`);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
  const bytes = statSync(path).size;
  const made = await makeAllHours(path, until, records, { progress, signal });
  return {
    ...{ dense, denseRecords: share.denseRecords, records, until },
    bytes: { records: bytes, hours: statSync(path).size },
    ...made,
  };
}

const bar = (share: number): string => {
  const full = Math.round(share * 30);
  return `[${'#'.repeat(full)}${'.'.repeat(30 - full)}] ${Math.floor(share * 100)} %`;
};

/** Makes the hours as a server does after an update, but without rests. */
async function makeAllHours(
  path: string,
  until: number,
  records: number,
  { progress, signal }: Watch,
): Promise<{ hours: number; hoursRate: number }> {
  const store = await openSqliteStore(path);
  try {
    const begun = performance.now();
    const keeper = new HourKeeper({
      ...{ store, now: () => until, log: () => undefined },
      async wait() {
        progress(`making hours for ${((performance.now() - begun) / 1000).toFixed(0)} s`);
        await new Promise(setImmediate);
        signal.throwIfAborted();
      },
    });
    await keeper.settle();
    const seconds = (performance.now() - begun) / 1000;
    await store.close();
    const db = new DatabaseSync(path, { readOnly: true });
    const hours = Number(db.prepare('SELECT count(*) AS count FROM hours').get()?.count);
    db.close();
    return { hours, hoursRate: records / seconds };
  } finally {
    await store.close();
  }
}
