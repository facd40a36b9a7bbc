import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../atomic-file.ts';

/** An open file, as far as the outbox uses one (node:fs FileHandle). */
export interface DiskFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The calls by which the outbox changes the disk, so that tests can cut each of them. Errors are those of node:fs. */
export interface DiskFiles {
  mkdir(path: string): Promise<void>;
  open(path: string, flags: 'r' | 'r+' | 'wx'): Promise<DiskFile>;
  readFile(path: string): Promise<Buffer>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string): Promise<void>;
  /** Replaces a file as a whole, before it returns: new file, fsync, rename, fsync of the folder. */
  replaceSync(path: string, bytes: Uint8Array): void;
  /** Renames a file that must not be believed any more. */
  discardSync(path: string, to: string): void;
}

export const realFiles: DiskFiles = {
  mkdir: async (path) => void (await mkdir(path, { recursive: true, mode: 0o700 })),
  open: (path, flags) => open(path, flags, 0o600),
  readFile: (path) => readFile(path),
  rename,
  rm: (path) => rm(path, { force: true }),
  replaceSync(path, bytes) {
    rmSync(`${path}.new`, { force: true });
    const fd = openSync(`${path}.new`, 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(`${path}.new`, path);
    syncFolder(dirname(path));
  },
  discardSync(path, to) {
    renameSync(path, to);
    syncFolder(dirname(path));
  },
};
