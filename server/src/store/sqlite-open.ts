import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { makePrivateFile } from '../private-file.ts';
import { fromSqlite } from './sqlite-errors.ts';
import { APPLICATION_ID, MIGRATIONS } from './sqlite-schema.ts';

/** How long a statement waits for another process's transaction. It blocks this process, so it is short. */
const BUSY_TIMEOUT_MS = 2000;
/** A database up to this size is checked page by page when it is opened; a larger one shows damage when it is read. */
const CHECKED_AT_OPEN = 32 * 1024 * 1024;
/** The write-ahead log is cut back to this size after a checkpoint. */
const LOG_KEPT = 16 * 1024 * 1024;

const numberOf = (db: DatabaseSync, pragma: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);

function create(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its -wal and -shm files the mode of the database, so the mode is set before SQLite sees it.
  makePrivateFile(path);
}

function checkOwner(db: DatabaseSync, path: string): void {
  const tables = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count;
  if (numberOf(db, 'application_id') !== APPLICATION_ID && tables !== 0)
    throw new PerchError(
      'DISK',
      `${path} is a database of another program; choose another data folder or move the file away`,
    );
  const schema = numberOf(db, 'user_version');
  if (schema > MIGRATIONS.length)
    throw new PerchError(
      'DISK',
      `${path} was written by a newer Perch (schema ${schema}, this one knows ${MIGRATIONS.length}); install that version again`,
    );
  if (statSync(path).size > CHECKED_AT_OPEN) return;
  const check = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (check !== 'ok') throw new PerchError('DISK', damaged(path, String(check)));
}

const damaged = (path: string, detail: string): string =>
  `${path} is damaged: restore it from a backup, or move it away to begin with an empty one (SQLite: ${detail.replaceAll('\n', ' ')})`;

function migrate(db: DatabaseSync): void {
  if (numberOf(db, 'user_version') === MIGRATIONS.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again inside the transaction: another process may have migrated meanwhile.
    const from = numberOf(db, 'user_version');
    for (const step of MIGRATIONS.slice(from)) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Opens or creates Perch's database: WAL, every commit on disk (synchronous=FULL), file 0600, new folder 0700.
 * Throws PerchError DISK when the file is damaged, another program's or from a newer Perch; BUSY when it is locked.
 */
export function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    create(path);
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    db.exec('PRAGMA trusted_schema = OFF');
    checkOwner(db, path);
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec(`PRAGMA journal_size_limit = ${LOG_KEPT}`);
    migrate(db);
    return db;
  } catch (error) {
    if (db?.isOpen) db.close();
    throw explain(error, path);
  }
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof PerchError || !(error instanceof Error)) return error;
  const primary = 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  if (primary === 26)
    return new PerchError('DISK', `${path} is not a database; choose another data folder or move it away`);
  if (primary === 11) return new PerchError('DISK', damaged(path, error.message));
  const code = 'code' in error ? String(error.code) : '';
  if (/^E(ACCES|PERM|ROFS|NOSPC|NOTDIR|ISDIR|EXIST|IO|DQUOT)$/.test(code))
    return new PerchError('DISK', `cannot create ${path} (${code}); check the folder and its permissions`);
  const known = fromSqlite(error);
  return known instanceof PerchError
    ? new PerchError(known.code, `${path}: ${known.message.slice(known.code.length + 2)}`)
    : error;
}
