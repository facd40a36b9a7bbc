import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import { ERRORS, type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Timers } from '../timers.ts';
import { answered, FLOW_START, type Flow, framesOf, holdMs, unanswered, withinRate } from './flow.ts';
import type { PartFile } from './part-file.ts';

/** How long the next frame of a request may stay out; grows while none come. */
export const FRAMES_TIMEOUT_MS = { least: 10_000, most: 120_000 };

/** Most requests whose frames are still taken. */
export const ASKED_LIMIT = 32;

export interface TransferOptions {
  part: PartFile;
  /** Asks for frames; undefined while there is no session. */
  fetch(frame: number, offsets: number[]): number | undefined;
  /** Bytes per second that the config allows now. */
  maxRate(): number | undefined;
  now(): number; // monotonic ms
  timers: Timers;
  random(): number;
  progress(percent: number): void;
}

/**
 * Pulls an object frame by frame: one request at a time, of what the link carries in a second, again whatever did not
 * come. It waits for ever and never starts over; the caller ends it by stop(). `done` rejects with PerchError DISK or with
 * what the server refused for good.
 */
export class Transfer {
  readonly done: Promise<void>;
  readonly #o: TransferOptions;
  #flow: Flow = FLOW_START;
  #wanted = new Set<number>();
  /** Bytes of the open request that came, and when it was sent. */
  #came = 0;
  #askedAt = 0;
  #timer: unknown;
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

  /** There is a session again: what was asked for in the one before does not come any more. */
  wake(): void {
    if (!this.#over) this.#request();
  }

  /**
   * A frame in answer to the request `re`; one for a transfer before this one is no part of it. What is no frame of the object
   * ends the transfer: the object has not the length that was told.
   */
  take(re: number, offset: number, bytes: Uint8Array): void {
    const { part, timers, now } = this.#o;
    if (this.#over || !this.#asked.has(re)) return;
    try {
      if (!part.book.isNew(offset, bytes.length)) return;
      part.write(offset, bytes);
    } catch (error) {
      this.#end(error);
      return;
    }
    this.#wanted.delete(offset);
    this.#came += bytes.length;
    this.#o.progress(part.book.percent);
    if (part.book.done) {
      this.#end();
      return;
    }
    if (re !== this.#open) return;
    if (this.#wanted.size > 0) {
      this.#await();
      return;
    }
    const took = now() - this.#askedAt;
    this.#flow = answered(this.#flow, this.#came, took);
    const hold = holdMs(this.#came, took, this.#o.maxRate());
    if (hold === 0) this.#request();
    else {
      timers.clear(this.#timer);
      this.#timer = timers.set(() => this.#request(), hold);
    }
  }

  refused(re: number, code: ErrorCode): void {
    if (this.#over || re !== this.#open) return;
    // BUSY and the like: the timer asks again. What the server no longer has is asked for anew, by the caller.
    if (!ERRORS[code].retry || code === 'UNKNOWN_OBJECT')
      this.#end(new PerchError(code, 'the server does not send the object'));
  }

  stop(): void {
    this.#over = true;
    this.#o.timers.clear(this.#timer);
    this.#o.part.close();
  }

  #request(): void {
    const { part, maxRate, now, fetch } = this.#o;
    const { frame, count } = framesOf(withinRate(this.#flow, maxRate()));
    const offsets = part.book.missing(frame, count);
    this.#wanted = new Set(offsets);
    this.#came = 0;
    this.#askedAt = now();
    this.#open = fetch(frame, offsets);
    if (this.#open !== undefined) this.#remember(this.#open);
    this.#await();
  }

  #await(): void {
    const { timers, random } = this.#o;
    timers.clear(this.#timer);
    this.#timer = timers.set(
      () => {
        this.#flow = unanswered(this.#flow);
        this.#request();
      },
      backoff(this.#flow.silent, random(), FRAMES_TIMEOUT_MS),
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
