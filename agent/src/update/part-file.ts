import { closeSync, fdatasyncSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isFrameSize } from '@perch/broker-bridge/protocol/messages.ts';
import { diskError, readIfThere, writeAtomic } from '../atomic-file.ts';
import { FrameBook } from './frame-book.ts';

/** Frames between two entries in the journal: what a power cut can cost at most, in whole frames. */
export const JOURNAL_FRAMES = 16;

interface Journal {
  manifest: string; // base64 of the signed bytes
  signature: string; // base64
  frame: number;
  have: string; // base64 of the bitmap
}

const folderOf = (state: string): string => join(state, 'update');
const journalOf = (state: string): string => join(folderOf(state), 'journal.json');
const partOf = (state: string): string => join(folderOf(state), 'object.part');

/** The release that a transfer was under way for, from the journal. It is checked again before it is believed. */
export function journalled(state: string): { manifest: Buffer; signature: Buffer } | undefined {
  const journal = readJournal(state);
  return journal === undefined
    ? undefined
    : {
        manifest: Buffer.from(journal.manifest, 'base64'),
        signature: Buffer.from(journal.signature, 'base64'),
      };
}

function readJournal(state: string): Journal | undefined {
  try {
    const journal = JSON.parse(readIfThere(journalOf(state)) ?? 'null') as Partial<Journal> | null;
    const { manifest, signature, frame, have } = journal ?? {};
    const whole =
      typeof manifest === 'string' &&
      typeof signature === 'string' &&
      typeof frame === 'number' &&
      isFrameSize(frame) &&
      typeof have === 'string';
    return whole ? { manifest, signature, frame, have } : undefined;
  } catch {
    return undefined; // damaged: the transfer begins anew
  }
}

/** Removes whatever a transfer left. */
export function clearParts(state: string): void {
  rmSync(folderOf(state), { recursive: true, force: true });
}

/** The object as far as it came, on disk, with a journal that survives a power cut. @throws PerchError DISK */
export class PartFile {
  readonly book: FrameBook;
  readonly path: string;
  readonly #state: string;
  readonly #release: { manifest: Uint8Array; signature: Uint8Array };
  #fd: number;
  #unjournalled = 0;

  /** Goes on with the part that is there when its journal names the same release, else begins anew. */
  constructor(state: string, length: number, release: { manifest: Uint8Array; signature: Uint8Array }) {
    this.#state = state;
    this.#release = release;
    this.path = partOf(state);
    const journal = readJournal(state);
    const same = journal?.manifest === Buffer.from(release.manifest).toString('base64');
    try {
      if (!same) clearParts(state);
      mkdirSync(folderOf(state), { recursive: true, mode: 0o700 });
      this.#fd = openSync(
        this.path,
        same && readdirSync(folderOf(state)).includes('object.part') ? 'r+' : 'w+',
        0o600,
      );
    } catch (error) {
      throw diskError(`cannot open ${this.path}`, error);
    }
    this.book = same
      ? new FrameBook(length, journal.frame, Buffer.from(journal.have, 'base64'))
      : new FrameBook(length);
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
    this.book.mark(offset);
    this.#unjournalled += 1;
    if (this.#unjournalled >= JOURNAL_FRAMES || this.book.done) this.journal();
  }

  /** First the bytes, then the note that they are here. */
  journal(): void {
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      throw diskError(`cannot write ${this.path}`, error);
    }
    const journal: Journal = {
      manifest: Buffer.from(this.#release.manifest).toString('base64'),
      signature: Buffer.from(this.#release.signature).toString('base64'),
      frame: this.book.frame,
      have: Buffer.from(this.book.bitmap).toString('base64'),
    };
    writeAtomic(journalOf(this.#state), JSON.stringify(journal));
    this.#unjournalled = 0;
  }

  close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }
}
