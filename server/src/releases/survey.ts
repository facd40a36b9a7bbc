import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { EXECUTABLE_LIMIT, type Platform } from '@perch/broker-bridge/release.ts';
import { SegmentHasher } from '@perch/broker-bridge/update/segment-index.ts';
import { checkElf, ELF_HEAD } from './elf.ts';
import { TextSearch } from './text-search.ts';

export const CHUNK = 1024 * 1024;

/** Opens an executable for reading. Throws PerchError MALFORMED when it cannot be read. */
export async function openExecutable(file: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer.
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new PerchError('MALFORMED', `cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Is this a Linux executable of the platform, not too long? Resolves with its first bytes' check done and its length. */
export async function checkForm(source: FileHandle, platform: Platform, file: string): Promise<number> {
  const length = await lengthOf(source, file);
  checkElf(await headOf(source), platform, file);
  return length;
}

/** Bytes of a regular file that boards would take. Throws PerchError MALFORMED, TOO_LONG. */
export async function lengthOf(source: FileHandle, file: string): Promise<number> {
  const found = await source.stat();
  if (!found.isFile()) throw new PerchError('MALFORMED', `${file} is not a file`);
  if (found.size > EXECUTABLE_LIMIT)
    throw new PerchError(
      'TOO_LONG',
      `${file} has ${found.size} bytes; boards take at most ${EXECUTABLE_LIMIT}`,
    );
  return found.size;
}

export async function headOf(source: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(ELF_HEAD);
  const { bytesRead } = await source.read(head, 0, ELF_HEAD, 0);
  return head.subarray(0, bytesRead);
}

/** What one reading of a file tells. */
export interface Survey {
  sha256: string; // hex
  index: string; // SHA-256 of the segment index, hex
  /** Is the version in it, in quotes, as a bundler writes a text? */
  saysVersion: boolean;
}

/** Reads an open file once. Without a version it is not searched. */
export async function survey(source: FileHandle, version?: string): Promise<Survey> {
  const hasher = new SegmentHasher();
  const quoted = version === undefined ? [] : ['"', "'", '`'].map((quote) => `${quote}${version}${quote}`);
  const search = new TextSearch(quoted);
  for await (const chunk of source.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK })) {
    hasher.update(chunk as Buffer);
    search.push(chunk as Buffer);
  }
  const { sha256, index } = hasher.digest();
  return { sha256, index, saysVersion: search.found };
}
