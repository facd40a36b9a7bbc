import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { syncFolder } from '../key-files.ts';
import { CHUNK } from './survey.ts';

/** A file that a killed publish left behind is removed by a later one after this long. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

const executablesFolder = (dataDir: string): string => join(dataDir, 'executables');

/** Where the server keeps a published executable (0600), of which patches are made. */
export const executablePath = (dataDir: string, sha256: string): string =>
  join(executablesFolder(dataDir), sha256);

export type Progress = (done: number, total: number) => void;

/**
 * Copies an open file of `length` bytes and this hash (hex) into the data folder. It is there whole and on disk, or not at all.
 * Throws PerchError WRONG_HASH when the file changed since it was hashed, DISK when it cannot be written.
 */
export async function keepExecutable(
  source: FileHandle,
  expected: { length: number; sha256: string },
  dataDir: string,
  progress: Progress = () => undefined,
): Promise<string> {
  const folder = executablesFolder(dataDir);
  const temporary = join(folder, `${randomBytes(8).toString('hex')}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeLeftovers(folder);
    await copy(source, expected, temporary, progress);
    const path = executablePath(dataDir, expected.sha256);
    await rename(temporary, path);
    await syncFolder(folder);
    return path;
  } catch (error) {
    if (error instanceof PerchError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = code === 'ENOSPC' ? 'the disk is full; free some space' : message;
    throw new PerchError('DISK', `cannot keep the executable in ${folder}: ${hint}`);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function copy(
  source: FileHandle,
  expected: { length: number; sha256: string },
  temporary: string,
  progress: Progress,
): Promise<void> {
  const hash = createHash('sha256');
  const target = await open(temporary, 'wx', 0o600);
  try {
    const { length } = expected;
    let done = 0;
    const stream = source.createReadStream({
      start: 0,
      end: length - 1,
      autoClose: false,
      highWaterMark: CHUNK,
    });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      for (let at = 0; at < chunk.length; ) at += (await target.write(chunk, at)).bytesWritten;
      done += chunk.length;
      progress(done, length);
    }
    if (hash.digest('hex') !== expected.sha256)
      throw new PerchError(
        'WRONG_HASH',
        'the file changed while it was read; publish it when it is complete',
      );
    await target.sync();
  } finally {
    await target.close();
  }
}

/** Removes the executables that are not among these hashes: releases that are named no more. */
export async function keepOnly(dataDir: string, hashes: ReadonlySet<string>): Promise<void> {
  const folder = executablesFolder(dataDir);
  for (const name of await readdir(folder))
    if (/^[0-9a-f]{64}$/.test(name) && !hashes.has(name)) await rm(join(folder, name), { force: true });
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.tmp')) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > LEFTOVER_MS) await rm(path, { force: true });
  }
}
