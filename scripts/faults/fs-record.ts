import { readFileSync } from 'node:fs';

/** What a program's call did to files, as FS_SHIM_RECORD writes it down. Paths are absolute. */
export type FsEvent = { ordinal: number } & (
  | { name: 'open'; path: string; inode: number; creates: boolean; empties: boolean }
  | { name: 'write'; inode: number; offset: number; bytes: Buffer }
  | { name: 'fsync' | 'fdatasync'; inode: number }
  /** `path` where the call named one, else `inode`. */
  | { name: 'truncate'; inode: number; path: string; size: number }
  | { name: 'mkdir' | 'rmdir' | 'unlink'; path: string }
  | { name: 'rename' | 'link'; path: string; to: string }
  | { name: 'symlink'; target: string; path: string }
);

const NEWLINE = 0x0a;

/** Reads a record; one whole event after the other. @throws Error for a file that is no record */
export function readFsRecord(path: string): FsEvent[] {
  const file = readFileSync(path);
  const events: FsEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const end = file.indexOf(NEWLINE, at);
    const [name, ...numbers] = file.toString('utf8', at, end < 0 ? file.length : end).split(' ');
    const [ordinal, inode, number, length] = numbers.map(Number);
    if (end < 0 || numbers.length !== 4 || !Number.isInteger(length))
      throw new Error(`${path} is no record of file calls: see byte ${at}`);
    const bytes = file.subarray(end + 1, end + 1 + length!);
    events.push(eventOf(name!, ordinal!, inode!, number!, bytes));
    at = end + 1 + length!;
  }
  return events;
}

function eventOf(name: string, ordinal: number, inode: number, number: number, bytes: Buffer): FsEvent {
  const [path, to] = name === 'write' ? [''] : (bytes.toString().split('\0') as [string, string?]);
  switch (name) {
    case 'open':
      return { name, ordinal, path, inode, creates: (number & 1) !== 0, empties: (number & 2) !== 0 };
    case 'write':
      return { name, ordinal, inode, offset: number, bytes };
    case 'fsync':
    case 'fdatasync':
      return { name, ordinal, inode };
    case 'truncate':
      return { name, ordinal, inode, path, size: number };
    case 'mkdir':
    case 'rmdir':
    case 'unlink':
      return { name, ordinal, path };
    case 'rename':
    case 'link':
      return { name, ordinal, path, to: to! };
    case 'symlink':
      return { name, ordinal, target: path, path: to! };
    default:
      throw new Error(`the record of file calls has ${name}, which nobody knows`);
  }
}
