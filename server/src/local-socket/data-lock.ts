import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';

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
    closeSync(openSync(path, 'a', 0o600));
    db = new DatabaseSync(path, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
    if (errcode !== undefined && (errcode & 0xff) === 5)
      throw new PerchError('BUSY', `a server already runs with the data folder ${dataDir}`);
    throw new PerchError('DISK', `cannot use the data folder ${dataDir} (${code ?? message})`);
  }
  const held = db;
  return { release: () => held.isOpen && held.close() };
}
