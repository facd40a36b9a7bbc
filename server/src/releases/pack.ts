import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, constants as zstd } from 'node:zlib';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { EXECUTABLE_LIMIT } from '@perch/broker-bridge/release.ts';

/**
 * zstd levels, measured on one core with a 121 MiB Node runtime: 19 gives 32.8 MB in 99 s, 17 34.5 MB in 65 s, 15
 * 36.8 MB in 39 s, 12 37.2 MB in 13 s. A release is packed once and sent to every board, so 19 it is; 12 is for trying
 * things out. Threads (ZSTD_c_nbWorkers) are no way out: node:zlib of Node 24.21 returns cut-off output with them. Nor
 * are several frames one after the other: its one-shot zstdDecompress reads the first only.
 */
export const LEVEL_SMALL = 19;
export const LEVEL_FAST = 12;

const CHUNK = 1024 * 1024;
/** A file that a killed publish left behind is removed by a later one after this long. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

export const objectsFolder = (dataDir: string): string => join(dataDir, 'objects');
export const objectPath = (dataDir: string, sha256: string): string =>
  join(objectsFolder(dataDir), `${sha256}.zst`);

export interface Packed {
  length: number; // of the source
  sha256: string;
  objectLength: number;
  objectSha256: string;
}

export type Progress = (done: number, total: number) => void;

/** SHA-256 of an open file in hex. */
export async function hashFile(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * Compresses an open file of `length` bytes into `<dataDir>/objects/<sha256 of the object>.zst`, which is there whole
 * and on disk, or not at all. Throws PerchError DISK when it cannot be written, TOO_LONG past EXECUTABLE_LIMIT.
 */
export async function packObject(
  source: FileHandle,
  length: number,
  dataDir: string,
  level: number,
  progress: Progress = () => undefined,
): Promise<Packed> {
  const folder = objectsFolder(dataDir);
  const temporary = join(folder, `${randomBytes(8).toString('hex')}.tmp`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeLeftovers(folder);
    const packed = await compress(source, length, temporary, level, progress);
    await rename(temporary, objectPath(dataDir, packed.objectSha256));
    const directory = await open(folder, constants.O_RDONLY);
    await directory.sync().finally(() => directory.close());
    return packed;
  } catch (error) {
    if (error instanceof PerchError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = code === 'ENOSPC' ? 'the disk is full; free some space' : message;
    throw new PerchError('DISK', `cannot write the object into ${folder}: ${hint}`);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function compress(
  source: FileHandle,
  length: number,
  temporary: string,
  level: number,
  progress: Progress,
): Promise<Packed> {
  const plain = { hash: createHash('sha256'), length: 0 };
  const object = { hash: createHash('sha256'), length: 0 };
  const target = await open(temporary, 'wx', 0o600);
  try {
    await pipeline(
      source.createReadStream({ start: 0, end: length - 1, autoClose: false, highWaterMark: CHUNK }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          plain.hash.update(chunk);
          plain.length += chunk.length;
          yield chunk;
          progress(plain.length, length);
        }
      },
      createZstdCompress({
        pledgedSrcSize: length,
        params: { [zstd.ZSTD_c_compressionLevel]: level, [zstd.ZSTD_c_checksumFlag]: 1 },
      }),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          object.hash.update(chunk);
          object.length += chunk.length;
          if (object.length > EXECUTABLE_LIMIT)
            throw new PerchError('TOO_LONG', `the compressed object passes ${EXECUTABLE_LIMIT} bytes`);
          await writeAll(target, chunk);
        }
      },
    );
    await target.sync();
  } finally {
    await target.close();
  }
  return {
    length: plain.length,
    sha256: plain.hash.digest('hex'),
    objectLength: object.length,
    objectSha256: object.hash.digest('hex'),
  };
}

async function writeAll(target: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await target.write(chunk, at)).bytesWritten;
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.tmp')) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > LEFTOVER_MS) await rm(path, { force: true });
  }
}
