import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { diskError } from '../../atomic-file.ts';

/** Bytes of a file that are held. A patch of another runtime jumps 16,000 times, so a larger one would read more than it saves. */
export const WINDOW = 16 * 1024;

/** A file that is read in pieces, and never as a whole. @throws PerchError DISK */
export class WindowedFile {
  readonly length: number;
  readonly #path: string;
  readonly #fd: number;
  readonly #window = Buffer.alloc(WINDOW);
  #start = 0;
  #held = 0;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, 'r');
      this.length = fstatSync(this.#fd).size;
    } catch (error) {
      throw diskError(`cannot read ${path}`, error);
    }
  }

  /** Reads bytes from `from` on, all of which have to be there. */
  read(from: number, into: Uint8Array): void {
    if (from >= this.#start && from + into.length <= this.#start + this.#held) {
      into.set(this.#window.subarray(from - this.#start, from - this.#start + into.length));
      return;
    }
    if (into.length >= WINDOW) {
      this.#fill(from, into);
      return;
    }
    this.#start = from;
    this.#held = Math.min(WINDOW, Math.max(0, this.length - from));
    if (into.length > this.#held)
      throw new PerchError('DISK', `${this.#path} ends before byte ${from + into.length}`);
    const held = this.#held;
    this.#held = 0; // nothing is held when the read fails
    this.#fill(from, this.#window.subarray(0, held));
    this.#held = held;
    into.set(this.#window.subarray(0, into.length));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #fill(from: number, into: Uint8Array): void {
    for (let at = 0; at < into.length; ) {
      let count: number;
      try {
        count = readSync(this.#fd, into, at, into.length - at, from + at);
      } catch (error) {
        throw diskError(`cannot read ${this.#path}`, error);
      }
      if (count === 0) throw new PerchError('DISK', `${this.#path} is shorter than it was`);
      at += count;
    }
  }
}
