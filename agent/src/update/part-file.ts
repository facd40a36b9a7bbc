import { closeSync, existsSync, fdatasyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { EXECUTABLE_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { diskError, syncFolder } from '../atomic-file.ts';
import { RangeBook } from './range-book.ts';
import { readCopies, writeCopies } from './two-copies.ts';

/** Bytes between two entries in the journal: what a power cut can cost at most, beside the frames on their way. */
export const JOURNAL_BYTES = 1024 * 1024;

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** What is on its way: for which release, what carries it, and how much of it is here. */
const Journal = Type.Object(
  {
    version: Type.String({ maxLength: 48 }),
    target: Hash, // SHA-256 of the executable that it makes
    object: Hash,
    length: Type.Integer({ minimum: 1, maximum: EXECUTABLE_LIMIT }),
    base: Type.Optional(Hash), // SHA-256 of the executable that it is a patch on
    have: Type.String({ maxLength: 16_384 }), // base64 of the bitmap
  },
  { additionalProperties: false },
);
type Journal = Static<typeof Journal>;
/** What a transfer is for. */
export type Carrier = Omit<Journal, 'have'>;

const NAME = 'journal';
const folderOf = (state: string): string => join(state, 'update');
const partOf = (state: string): string => join(folderOf(state), 'object.part');

/** What a transfer was under way for. It is checked against what is signed before it is believed. */
export function journalled(state: string): Carrier | undefined {
  const journal = readJournal(state);
  if (journal === undefined) return undefined;
  const { have: _, ...carrier } = journal;
  return carrier;
}

function readJournal(state: string): Journal | undefined {
  try {
    const journal: unknown = JSON.parse(readCopies(folderOf(state), NAME) ?? 'null');
    return Value.Check(Journal, journal) ? journal : undefined;
  } catch {
    return undefined; // damaged: the transfer begins anew
  }
}

/** Removes whatever a transfer left. */
export function clearParts(state: string): void {
  rmSync(folderOf(state), { recursive: true, force: true });
}

const isSame = (a: Carrier, b: Carrier): boolean =>
  a.target === b.target && a.object === b.object && a.length === b.length && a.base === b.base;

/** The object as far as it came, on disk, with a journal that survives a power cut. @throws PerchError DISK */
export class PartFile {
  readonly book: RangeBook;
  readonly path: string;
  readonly #state: string;
  readonly #carrier: Carrier;
  #fd: number;
  #unjournalled = 0;

  /** Goes on with the part that is there when it is of this very object, else begins anew. */
  constructor(state: string, carrier: Carrier) {
    this.#state = state;
    this.#carrier = carrier;
    this.path = partOf(state);
    const journal = readJournal(state);
    const same = journal !== undefined && isSame(journal, carrier) && existsSync(this.path);
    try {
      if (!same) clearParts(state);
      mkdirSync(folderOf(state), { recursive: true, mode: 0o700 });
      this.#fd = openSync(this.path, same ? 'r+' : 'w+', 0o600);
      if (!same) {
        syncFolder(folderOf(state));
        syncFolder(state);
      }
    } catch (error) {
      throw diskError(`cannot open ${this.path}`, error);
    }
    this.book = new RangeBook(carrier.length, same ? Buffer.from(journal.have, 'base64') : undefined);
    if (same) return;
    try {
      this.journal();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  write(offset: number, bytes: Uint8Array): void {
    try {
      let at = 0;
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at, bytes.length - at, offset + at);
    } catch (error) {
      throw diskError(`cannot write ${this.path}`, error);
    }
    this.book.mark(offset, bytes.length);
    this.#unjournalled += bytes.length;
    if (this.#unjournalled >= JOURNAL_BYTES || this.book.done) this.journal();
  }

  /** First the bytes, then the note that they are here. */
  journal(): void {
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      throw diskError(`cannot write ${this.path}`, error);
    }
    const journal: Journal = {
      ...this.#carrier,
      have: Buffer.from(this.book.bitmap).toString('base64'),
    };
    writeCopies(folderOf(this.#state), NAME, `${JSON.stringify(journal)}\n`);
    this.#unjournalled = 0;
  }

  close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }
}
