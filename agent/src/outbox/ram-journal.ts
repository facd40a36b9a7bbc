import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { requirePrivateFolder } from '../native/private-folder.ts';
import { type BlockFacts, readBlock, scanSegment } from './block.ts';
import { decodeNumbers, encodeNumbers, type Numbers } from './numbers.ts';
import type { OutboxRecord } from './record.ts';

/** A file of the journal takes records up to this size; it goes when none of them is needed any more. */
export const JOURNAL_FILE_BYTES = 32 * 1024;
/** Bytes of records that nobody needs, before their file goes. */
export const SETTLE_BYTES = 2 * 1024;
const SUFFIX = '.ram';
const NUMBERS = 'numbers';

/** What a run before left. */
export interface Recovered {
  records: OutboxRecord[];
  /** Blocks whose records this version does not read. */
  unread: BlockFacts[];
  numbers: Numbers | undefined;
}

interface JournalFile {
  path: string;
  last: number;
  bytes: number;
}

/**
 * Records that are not on disk yet, in a folder in RAM (tmpfs): a process that is killed loses none, and the SD card is
 * not written. What a power cut takes from here is what the loss window declares. All calls are synchronous: they
 * touch memory only. After a first failure the journal is off and `on` says so.
 */
export class RamJournal {
  readonly #folder: string;
  readonly #note: (text: string) => void;
  #files: JournalFile[] = [];
  #fd: number | undefined;
  #on = true;

  constructor(folder: string, note: (text: string) => void) {
    this.#folder = folder;
    this.#note = note;
    this.#attempt(() => {
      requirePrivateFolder(folder); // others may write in its parent
    });
  }

  get on(): boolean {
    return this.#on;
  }

  /** What a run before left: its records, oldest first, and its copy of the numbers. Torn ends were never taken. */
  recover(): Recovered {
    const records: OutboxRecord[] = [];
    const unread: BlockFacts[] = [];
    let numbers: Numbers | undefined;
    this.#attempt(() => {
      const names = readdirSync(this.#folder);
      if (names.includes(NUMBERS)) numbers = decodeNumbers(readFileSync(join(this.#folder, NUMBERS)));
      for (const name of names.filter((one) => one.endsWith(SUFFIX)).sort()) {
        const path = join(this.#folder, name);
        const bytes = readFileSync(path);
        const scan = scanSegment(bytes);
        for (const block of scan.blocks) {
          const inside = readBlock(bytes, block);
          if (inside === undefined) unread.push(block);
          else records.push(...inside);
        }
        const last = scan.blocks.at(-1)?.last;
        if (last === undefined) rmSync(path);
        else this.#files.push({ path, last, bytes: JOURNAL_FILE_BYTES }); // nothing is added behind a torn end
      }
    });
    // A journal that cannot be read whole is no whole one.
    return { records, unread, numbers: this.#on ? numbers : undefined };
  }

  /** Keeps a record, as a block of its own. When it returns the record survives the end of the process. */
  add(number: number, block: Buffer): void {
    this.#attempt(() => {
      const current = this.#files.at(-1);
      if (
        this.#fd === undefined ||
        current === undefined ||
        current.bytes + block.length > JOURNAL_FILE_BYTES
      )
        this.#roll(number);
      const file = this.#files.at(-1)!;
      for (let at = 0; at < block.length; ) at += writeSync(this.#fd!, block, at);
      file.last = number;
      file.bytes += block.length;
    });
  }

  /**
   * No record below `oldestNeeded` is needed. `numbers` keeps the last number where no record of it is left; files that hold
   * little stay a while, so that not each record costs a new file.
   */
  settle(oldestNeeded: number, numbers: () => Numbers): void {
    const bytes = this.#files.at(-1)?.bytes ?? 0;
    const none =
      oldestNeeded === Number.POSITIVE_INFINITY && (this.#files.length > 1 || bytes >= SETTLE_BYTES);
    if (none) this.saveNumbers(numbers());
    this.#attempt(() => {
      const kept = none ? 0 : 1;
      while (this.#files.length > kept && this.#files[0]!.last < oldestNeeded)
        rmSync(this.#files.shift()!.path);
      if (this.#files.length === 0) this.#close();
    });
  }

  saveNumbers(numbers: Numbers): void {
    this.#attempt(() => {
      const path = join(this.#folder, NUMBERS);
      writeFileSync(`${path}.new`, encodeNumbers(numbers), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    });
  }

  /** What a run before left is not believed: it goes. */
  forget(): void {
    this.#attempt(() => {
      for (const { path } of this.#files.splice(0)) rmSync(path, { force: true });
    });
  }

  /** Everything is on disk or stored: the journal is of no use any more. */
  clear(): void {
    this.#close();
    this.#files = [];
    this.#attempt(() => rmSync(this.#folder, { recursive: true, force: true }));
    this.#on = false;
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #roll(first: number): void {
    this.#close();
    const path = join(this.#folder, `${String(first).padStart(16, '0')}${SUFFIX}`);
    rmSync(path, { force: true });
    this.#fd = openSync(path, 'ax', 0o600);
    this.#files.push({ path, last: first, bytes: 0 });
  }

  #attempt(work: () => void): void {
    if (!this.#on) return;
    try {
      work();
    } catch (error) {
      this.#on = false;
      // Half a journal would pass for a whole one at the next start.
      try {
        rmSync(this.#folder, { recursive: true, force: true });
      } catch {
        // not ours, or not there
      }
      this.#note(
        `no journal in RAM (${this.#folder}): ${(error as Error).message}; a killed agent loses what is not on disk yet`,
      );
    }
  }
}
