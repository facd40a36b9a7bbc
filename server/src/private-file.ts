import { closeSync, openSync } from 'node:fs';

/**
 * Makes an empty file that only its owner can read, where there is none. One that is there is never opened: closing it again
 * would let go of every lock that SQLite holds on it in this process (fcntl(2), "Record locking").
 */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
