import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Not mkdir's `recursive`: where the kernel answers ENOENT to every new name (/proc), Node 24 tries for ever. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // A read-only file system may answer EROFS for a folder that is there already.
    if (!existsSync(path)) throw error;
  }
}

/**
 * Makes `folder` if need be and throws unless it is this user's own and closed to others: what is in it is believed, and
 * the name in a shared temp folder can be guessed.
 */
export function requirePrivateFolder(folder: string): void {
  makeFolder(dirname(folder));
  makeFolder(folder);
  const status = lstatSync(folder);
  if (!status.isDirectory()) throw new Error('is not a folder');
  if (status.uid !== process.getuid?.()) throw new Error('belongs to another user');
  if ((status.mode & 0o077) !== 0) throw new Error('is open to other users (wants mode 0700)');
}
