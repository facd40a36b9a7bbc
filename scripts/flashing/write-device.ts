import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BoardError } from './board-error.ts';
import { writeAll } from './image-file.ts';
import { type Progress, SILENT } from './progress.ts';

const CHUNK = 4 * 1024 * 1024;
/** Bytes that may wait in memory for the device: without a limit the progress would run ahead of a slow card by GBs. */
const SYNC_EVERY = 64 * 1024 * 1024;

async function openDevice(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags | constants.O_EXCL);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES' || code === 'EPERM')
      throw new BoardError('REFUSED_DISK', `${path} may not be written by this user; run it again with sudo`);
    if (code === 'EBUSY') throw new BoardError('REFUSED_DISK', `${path} is in use; unmount what is on it`);
    throw new BoardError('REFUSED_DISK', `${path} cannot be opened: ${(error as Error).message}`);
  }
}

async function readFully(file: FileHandle, buffer: Buffer, at: number): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/**
 * Writes an image onto a device (a block device, or a file that is there), and reads it back. O_EXCL: the kernel refuses a
 * device that is mounted or held. Memory: two chunks.
 * @throws BoardError REFUSED_DISK, DISK_FULL, STOPPED (the device is then half written), NOT_VERIFIED
 */
export async function writeDevice(
  image: string,
  device: string,
  options: { progress?: Progress; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const { progress = SILENT, signal } = options;
  await using source = await open(image, 'r');
  const total = (await source.stat()).size;
  const each = async (what: string, work: (chunk: Buffer, at: number) => Promise<void>): Promise<void> => {
    const stage = progress.stage(what, total);
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let at = 0; at < total; ) {
      if (signal?.aborted)
        throw new BoardError('STOPPED', `stopped: ${device} is half written; write it again before use`);
      const length = await readFully(source, buffer, at);
      if (length === 0) throw new BoardError('TRUNCATED', `${image} became shorter meanwhile`);
      await work(buffer.subarray(0, length), at);
      at += length;
      stage.to(at);
    }
    stage.end();
  };
  {
    await using target = await openDevice(device, constants.O_WRONLY);
    let synced = 0;
    await each(`writing ${device}`, async (chunk, at) => {
      await writeAll(target, chunk, at);
      if (at + chunk.length - synced < SYNC_EVERY) return;
      await target.datasync();
      synced = at + chunk.length;
    });
    await target.sync();
  }
  // The last close threw away what the kernel kept of the device, so this reads the device and not memory.
  await using target = await openDevice(device, constants.O_RDONLY);
  const back = Buffer.allocUnsafe(CHUNK);
  await each(`reading ${device} back`, async (chunk, at) => {
    const length = await readFully(target, back.subarray(0, chunk.length), at);
    if (length !== chunk.length || !back.subarray(0, length).equals(chunk))
      throw new BoardError(
        'NOT_VERIFIED',
        `${device} does not hold what was written near byte ${at}; take another card`,
      );
  });
  return total;
}
