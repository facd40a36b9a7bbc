import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import { ERRORS, type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { narrower, WINDOW_START, type Window, wider } from './frame-book.ts';
import type { PartFile } from './part-file.ts';

/** How long the frames of one request may take; grows while none come. */
export const FRAMES_TIMEOUT_MS = { least: 10_000, most: 120_000 };

/** Most requests whose frames are still taken. */
export const ASKED_LIMIT = 32;

export interface TransferOptions {
  part: PartFile;
  /** Asks for frames; undefined while there is no session. */
  fetch(frame: number, offsets: number[]): number | undefined;
  random(): number;
  progress(percent: number): void;
}

/**
 * Pulls an object frame by frame: one request at a time, a window of frames each, again whatever did not come. It
 * waits for ever and never starts over; the caller ends it by stop(). `done` rejects with PerchError DISK or with what
 * the server refused for good.
 */
export class Transfer {
  readonly done: Promise<void>;
  readonly #o: TransferOptions;
  #window: Window = WINDOW_START;
  #wanted = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #open: number | undefined;
  /** Counters of the requests whose frames may still come. */
  readonly #asked = new Set<number>();
  #settle!: { resolve: () => void; reject: (error: unknown) => void };
  #over = false;

  constructor(options: TransferOptions) {
    this.#o = options;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.done.catch(() => {}); // the caller may look later
  }

  start(): void {
    if (this.#o.part.book.done) this.#end();
    else this.#request();
  }

  /** There is a session again. */
  wake(): void {
    if (!this.#over && this.#open === undefined) this.#request();
  }

  /** A frame in answer to the request `re`; one for a transfer before this one is no part of it. */
  take(re: number, offset: number, bytes: Uint8Array): void {
    const { part } = this.#o;
    if (this.#over || !this.#asked.has(re) || !part.book.isNew(offset, bytes.length)) return;
    try {
      part.write(offset, bytes);
    } catch (error) {
      this.#end(error);
      return;
    }
    this.#wanted.delete(offset);
    this.#o.progress(part.book.percent);
    if (part.book.done) this.#end();
    else if (this.#wanted.size === 0) {
      this.#window = wider(this.#window);
      this.#request();
    }
  }

  refused(re: number, code: ErrorCode): void {
    if (this.#over || re !== this.#open) return;
    if (!ERRORS[code].retry) this.#end(new PerchError(code, 'the server refuses to send the object'));
    // else the timer asks again
  }

  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#o.part.close();
  }

  #request(): void {
    const { book } = this.#o.part;
    const offsets = book.missing(this.#window.size);
    this.#wanted = new Set(offsets);
    this.#open = this.#o.fetch(book.frame, offsets);
    if (this.#open !== undefined) this.#remember(this.#open);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#window = narrower(this.#window);
        this.#request();
      },
      backoff(this.#window.timeouts, this.#o.random(), FRAMES_TIMEOUT_MS),
    );
  }

  #remember(counter: number): void {
    this.#asked.delete(counter); // counters begin anew with each session
    this.#asked.add(counter);
    for (const oldest of this.#asked) {
      if (this.#asked.size <= ASKED_LIMIT) break;
      this.#asked.delete(oldest);
    }
  }

  #end(error?: unknown): void {
    this.stop();
    if (error === undefined) this.#settle.resolve();
    else this.#settle.reject(error);
  }
}
