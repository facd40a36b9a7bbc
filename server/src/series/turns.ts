import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';

/** Readers that may wait for their turn; one more is told to come later. */
export const TURNS_WAITING_LIMIT = 1_000;

/**
 * Lets readers do one slice of work each in turn, one slice to a turn of the event loop: so many of them delay ingest by
 * one slice, and not by all of theirs.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #due = false;

  /** Resolves when the caller may do a slice of work. Rejects with BUSY when too many wait. */
  next(): Promise<void> {
    if (this.#waiting.length >= TURNS_WAITING_LIMIT)
      return Promise.reject(new PerchError('BUSY', 'too much is being read already; try again'));
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#due || this.#waiting.length === 0) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#waiting.shift()?.();
      this.#schedule();
    });
  }
}
