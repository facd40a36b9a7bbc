import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { makePrivateFile } from '../private-file.ts';
import { fromSqlite } from '../store/sqlite-errors.ts';

/**
 * Makes this process the one server of a data folder until it lets go or ends, however it ends. Node has no file locks
 * of its own, but SQLite takes one (fcntl) on a database of its own that holds nothing. Throws BUSY when another
 * process has it.
 */
export function lockDataFolder(dataDir: string): { release(): void } {
  const path = join(dataDir, 'server.lock');
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    makePrivateFile(path);
    db = new DatabaseSync(path, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const { code, errcode } = error as { code?: string; errcode?: number };
    if (errcode !== undefined && (errcode & 0xff) === 5)
      throw new PerchError(
        'BUSY',
        `a server, or a command such as release publish, is already at work in the data folder ${dataDir}`,
      );
    const why = errcode === undefined ? (code ?? String(error)) : (fromSqlite(error) as Error).message;
    throw new PerchError('DISK', `cannot use the data folder ${dataDir} (${why})`);
  }
  const held = db;
  return { release: () => held.isOpen && held.close() };
}
