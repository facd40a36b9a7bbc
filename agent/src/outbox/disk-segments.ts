import { join } from 'node:path';
import type { BlockFacts } from './block.ts';
import { type DiskFiles, realFiles } from './disk-files.ts';
import { GROWTH_BYTES, SEGMENT_BYTES } from './limits.ts';

const SUFFIX = '.seg';
export const NUMBERS_FILE = 'numbers';
/** Numbers that were set aside by a run that could not write its own. */
export const DISCARDED_NUMBERS = 'numbers.discarded';
export const segmentName = (first: number): string => `${String(first).padStart(16, '0')}${SUFFIX}`;
/** The number that a segment's name says it begins with; undefined for another file's name. */
export const firstOf = (name: string): number | undefined =>
  /^[0-9]{16}\.seg$/.test(name) && Number.isSafeInteger(Number(name.slice(0, 16)))
    ? Number(name.slice(0, 16))
    : undefined;

/** The segment that takes blocks. */
interface Active {
  name: string;
  end: number; // of its blocks
  size: number; // of the file
}

/** Writes, reads and removes segment files. One call at a time: the outbox sees to it. Errors are those of node:fs. */
export class DiskSegments {
  readonly folder: string;
  readonly #files: DiskFiles;
  #active: Active | undefined;
  /** Bytes that were given to the disk since the start. */
  written = 0;

  constructor(folder: string, files: DiskFiles = realFiles) {
    this.folder = folder;
    this.#files = files;
  }

  /** Name of the segment that the next block goes into, if it fits. */
  get active(): string | undefined {
    return this.#active?.name;
  }

  /** No block is added to the active segment any more. */
  seal(): void {
    this.#active = undefined;
  }

  /** Appends a block and waits until the disk has it. @returns the segment's name and size */
  async append(block: Buffer, { first }: Pick<BlockFacts, 'first'>): Promise<{ name: string; size: number }> {
    if (block.length > SEGMENT_BYTES)
      throw new RangeError(`a block of ${block.length} bytes fits no segment`);
    const active =
      this.#active !== undefined && this.#active.end + block.length <= SEGMENT_BYTES
        ? this.#active
        : undefined;
    // What is behind the last whole block of a segment that failed cannot be known: nothing is added there any more.
    this.seal();
    const written = active === undefined ? await this.#create(block, first) : await this.#add(active, block);
    this.#active = written;
    return written;
  }

  async #create(block: Buffer, first: number): Promise<Active> {
    await this.#files.mkdir(this.folder);
    const name = segmentName(first);
    const path = join(this.folder, name);
    // One of that name holds nothing whole, else its numbers would be known.
    await this.#files.rm(path);
    try {
      const written = await this.#write({ name, end: 0, size: 0 }, block, 'wx');
      await this.syncFolder();
      return written;
    } catch (error) {
      await this.#files.rm(path).catch(() => {});
      throw error;
    }
  }

  #add(active: Active, block: Buffer): Promise<Active> {
    return this.#write(active, block, 'r+');
  }

  async #write(active: Active, block: Buffer, flags: 'r+' | 'wx'): Promise<Active> {
    const end = active.end + block.length;
    // Grown by zeros in one go: the commits that follow inside change no size, so fdatasync writes one page for them.
    const size = end <= active.size ? active.size : Math.min(SEGMENT_BYTES, roundUp(end, GROWTH_BYTES));
    const bytes = Buffer.alloc(end <= active.size ? block.length : size - active.end);
    block.copy(bytes);
    const handle = await this.#files.open(join(this.folder, active.name), flags);
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, active.end + at);
        this.written += bytesWritten;
        at += bytesWritten;
      }
      await handle.datasync();
    } finally {
      await handle.close();
    }
    return { name: active.name, end, size };
  }

  read(name: string): Promise<Buffer> {
    return this.#files.readFile(join(this.folder, name));
  }

  async remove(name: string): Promise<void> {
    if (this.#active?.name === name) this.seal();
    await this.#files.rm(join(this.folder, name));
  }

  /** Replaces a small file as a whole: after a power cut either the old or the new content is there. */
  async replace(name: string, bytes: Buffer): Promise<void> {
    const path = join(this.folder, name);
    await this.#files.mkdir(this.folder);
    await this.#files.rm(`${path}.new`);
    const handle = await this.#files.open(`${path}.new`, 'wx');
    try {
      for (let at = 0; at < bytes.length; )
        at += (await handle.write(bytes, at, bytes.length - at, at)).bytesWritten;
      await handle.sync();
    } finally {
      await handle.close();
    }
    this.written += bytes.length;
    await this.#files.rename(`${path}.new`, path);
    await this.syncFolder();
  }

  /** As `replace`, for the start. */
  replaceSync(name: string, bytes: Buffer): void {
    this.#files.replaceSync(join(this.folder, name), bytes);
    this.written += bytes.length;
  }

  /** The numbers on disk do not hold any more, and no better ones can be written: a rename needs no room. */
  discardNumbers(): void {
    this.#files.discardSync(join(this.folder, NUMBERS_FILE), join(this.folder, DISCARDED_NUMBERS));
  }

  async syncFolder(): Promise<void> {
    const handle = await this.#files.open(this.folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;
