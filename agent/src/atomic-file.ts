import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';

/** Makes a rename or a new name in this folder durable. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Replaces a file as a whole: temp file, fsync, rename, fsync of the folder. After a power cut either the old content is
 * there or the new one. @throws PerchError DISK
 */
export function writeAtomic(path: string, content: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(temporary, { force: true });
    const fd = openSync(temporary, 'wx', mode);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      let at = 0;
      while (at < bytes.length) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    throw diskError(`cannot write ${path}`, error);
  }
}

/** The file's text, or undefined when there is none. @throws PerchError DISK when it cannot be read */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw diskError(`cannot read ${path}`, error);
  }
}

export function diskError(what: string, error: unknown): PerchError {
  const code = (error as NodeJS.ErrnoException).code;
  const hint =
    code === 'ENOSPC'
      ? 'the disk is full'
      : code === 'EROFS'
        ? 'the file system is read-only'
        : code === 'EACCES' || code === 'EPERM'
          ? 'no permission'
          : error instanceof Error
            ? error.message
            : String(error);
  return new PerchError('DISK', `${what}: ${hint}`);
}

/** A write after whose failure work goes on: the failure is told. */
export function keepGoing(note: (text: string) => void, write: () => void): void {
  try {
    write();
  } catch (error) {
    note((error as Error).message);
  }
}
