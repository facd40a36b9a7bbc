import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../atomic-file.ts';
import type { BlockFacts } from './block.ts';
import { GROWTH_BYTES, SEGMENT_BYTES } from './limits.ts';

const SUFFIX = '.seg';
export const NUMBERS_FILE = 'numbers';
export const segmentName = (first: number): string => `${String(first).padStart(16, '0')}${SUFFIX}`;
/** The number that a segment's name says it begins with; undefined for another file's name. */
export const firstOf = (name: string): number | undefined =>
  /^[0-9]{16}\.seg$/.test(name) ? Number(name.slice(0, 16)) : undefined;

/** The segment that takes blocks. */
interface Active {
  name: string;
  end: number; // of its blocks
  size: number; // of the file
}

/** Writes, reads and removes segment files. One call at a time: the outbox sees to it. Errors are those of node:fs. */
export class DiskSegments {
  readonly folder: string;
  #active: Active | undefined;
  /** Bytes that were given to the disk since the start. */
  written = 0;

  constructor(folder: string) {
    this.folder = folder;
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
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const name = segmentName(first);
    const path = join(this.folder, name);
    // One of that name holds nothing whole, else its numbers would be known.
    await rm(path, { force: true });
    try {
      const written = await this.#write({ name, end: 0, size: 0 }, block, 'wx');
      await this.syncFolder();
      return written;
    } catch (error) {
      await rm(path, { force: true }).catch(() => {});
      throw error;
    }
  }

  #add(active: Active, block: Buffer): Promise<Active> {
    return this.#write(active, block, 'r+');
  }

  async #write(active: Active, block: Buffer, flags: string): Promise<Active> {
    const end = active.end + block.length;
    // Grown by zeros in one go: the commits that follow inside change no size, so no metadata is written for them.
    const size = end <= active.size ? active.size : Math.min(SEGMENT_BYTES, roundUp(end, GROWTH_BYTES));
    const bytes = Buffer.alloc(end <= active.size ? block.length : size - active.end);
    block.copy(bytes);
    const handle = await open(join(this.folder, active.name), flags, 0o600);
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
    return readFile(join(this.folder, name));
  }

  async remove(name: string): Promise<void> {
    if (this.#active?.name === name) this.seal();
    await rm(join(this.folder, name), { force: true });
  }

  /** Replaces a small file as a whole: after a power cut either the old or the new content is there. */
  async replace(name: string, bytes: Buffer): Promise<void> {
    const path = join(this.folder, name);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await rm(`${path}.new`, { force: true });
    const handle = await open(`${path}.new`, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    this.written += bytes.length;
    await rename(`${path}.new`, path);
    await this.syncFolder();
  }

  /** As `replace`, for the start. */
  replaceSync(name: string, bytes: Buffer): void {
    const path = join(this.folder, name);
    rmSync(`${path}.new`, { force: true });
    const fd = openSync(`${path}.new`, 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    this.written += bytes.length;
    renameSync(`${path}.new`, path);
    syncFolder(this.folder);
  }

  async syncFolder(): Promise<void> {
    const handle = await open(this.folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;
