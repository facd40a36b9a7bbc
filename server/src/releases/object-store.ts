import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { FRAME_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';

/** Files that one object store holds open at once. */
export const OBJECTS_OPEN = 8;

/** Where the object with this hash (hex) is kept. */
export const objectPath = (dataDir: string, sha256: string): string => join(dataDir, 'objects', sha256);

const SHA256 = /^[0-9a-f]{64}$/;

/** What travels to make an executable, open for reading. */
export interface OpenObject {
  /** Bytes */
  readonly length: number;
  /** Bytes from `offset`, fewer only at the end. BAD_RANGE outside the object or past FRAME_LIMIT, DISK when it cannot be read. */
  read(offset: number, length: number): Promise<Buffer>;
  /** Says that this user is done; the file stays open for the next one until its place is needed. */
  close(): void;
}

interface Entry {
  users: number;
  opened: Promise<{ file: FileHandle; length: number }>;
}

/** The objects of a data folder with a bounded number of open files: boards ask for the same few, frame by frame. */
export class ObjectStore {
  readonly #dataDir: string;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /**
   * Opens the object with this hash (64 hex digits). Rejects with UNKNOWN_OBJECT, with WRONG_LENGTH when it has not the
   * length that is expected, with BUSY when OBJECTS_OPEN others are in use.
   */
  async open(sha256: string, expectedLength?: number): Promise<OpenObject> {
    if (!SHA256.test(sha256)) throw new PerchError('UNKNOWN_OBJECT', 'not a SHA-256');
    const entry = this.#entries.get(sha256) ?? this.#add(sha256);
    entry.users += 1;
    this.#entries.delete(sha256);
    this.#entries.set(sha256, entry);
    try {
      const { file, length } = await entry.opened;
      if (expectedLength !== undefined && expectedLength !== length)
        throw new PerchError(
          'WRONG_LENGTH',
          `the stored object has ${length} bytes instead of ${expectedLength}`,
        );
      let open = true;
      return {
        length,
        read: (offset, count) => readRange(file, length, offset, count),
        close: () => {
          if (open) entry.users -= 1;
          open = false;
        },
      };
    } catch (error) {
      entry.users -= 1;
      throw error;
    }
  }

  /** Closes every file. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) await closeEntry(entry);
  }

  #add(sha256: string): Entry {
    if (this.#entries.size >= OBJECTS_OPEN) {
      const idle = [...this.#entries].find(([, entry]) => entry.users === 0);
      if (idle === undefined) throw new PerchError('BUSY', `${OBJECTS_OPEN} objects are in use`);
      this.#entries.delete(idle[0]);
      void closeEntry(idle[1]);
    }
    const entry: Entry = { users: 0, opened: openFile(objectPath(this.#dataDir, sha256)) };
    this.#entries.set(sha256, entry);
    entry.opened.catch(() => {
      if (this.#entries.get(sha256) === entry) this.#entries.delete(sha256);
    });
    return entry;
  }
}

async function closeEntry(entry: Entry): Promise<void> {
  const opened = await entry.opened.catch(() => undefined);
  await opened?.file.close();
}

async function openFile(path: string): Promise<{ file: FileHandle; length: number }> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new PerchError('UNKNOWN_OBJECT');
    throw new PerchError('DISK', `cannot open ${path} (${code})`);
  }
  try {
    return { file, length: (await file.stat()).size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readRange(file: FileHandle, total: number, offset: number, count: number): Promise<Buffer> {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset >= total)
    throw new PerchError('BAD_RANGE', `offset ${offset} of an object of ${total} bytes`);
  if (!Number.isSafeInteger(count) || count < 1 || count > FRAME_LIMIT)
    throw new PerchError('BAD_RANGE', `${count} bytes in one frame (1 to ${FRAME_LIMIT})`);
  const bytes = Buffer.allocUnsafe(Math.min(count, total - offset));
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, offset + at).catch((error) => {
      throw new PerchError('DISK', `reading an object failed (${(error as NodeJS.ErrnoException).code})`);
    });
    if (bytesRead === 0) throw new PerchError('DISK', 'a stored object is shorter than it was');
    at += bytesRead;
  }
  return bytes;
}
