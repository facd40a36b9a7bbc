import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';

/** A commit takes waiting calls until it holds this many rows; the rest goes with the next one. */
export const GROUP_COMMIT_ROWS = 2048;
/** Rows that may wait for a commit. A call that would pass it is rejected with BUSY, for the sender to try later. */
export const WAITING_ROWS_LIMIT = 16_384;

/** How a store does something: a read, or a write in a transaction of its own. */
export type Doing = <T>(body: () => T) => Promise<T>;

interface Call {
  rows: number;
  run: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Lets calls that arrive in the same turn of the event loop share one transaction, so that a hundred boards cost one
 * wait for the disk and not a hundred. A call resolves after COMMIT; when the transaction fails, every call in it is
 * rejected and none of its rows is stored.
 */
export class GroupCommit {
  readonly #transaction: (body: () => void) => void;
  readonly #waiting: Call[] = [];
  #rows = 0;
  #due = false;

  /** `transaction` runs its argument between BEGIN and COMMIT, or throws after ROLLBACK. */
  constructor(transaction: (body: () => void) => void) {
    this.#transaction = transaction;
  }

  /** Runs `run`, which writes `rows` rows, within the next commit. */
  add<T>(rows: number, run: () => T): Promise<T> {
    if (this.#rows + rows > WAITING_ROWS_LIMIT && this.#waiting.length > 0)
      return Promise.reject(new PerchError('BUSY', `${this.#rows} rows wait for the disk; send them later`));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ rows, run, resolve, reject });
      this.#rows += rows;
      this.#schedule();
    });
  }

  /** Rows that wait for a commit. */
  get waiting(): number {
    return this.#rows;
  }

  /** Commits all that waits, now. */
  flush(): void {
    while (this.#waiting.length > 0) this.#commitOne();
  }

  #schedule(): void {
    if (this.#due || this.#waiting.length === 0) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#commitOne();
      this.#schedule();
    });
  }

  #commitOne(): void {
    const calls = this.#take();
    if (calls.length === 0) return;
    const results: unknown[] = [];
    try {
      this.#transaction(() => {
        for (const call of calls) results.push(call.run());
      });
    } catch (error) {
      for (const call of calls) call.reject(error);
      return;
    }
    for (const [index, call] of calls.entries()) call.resolve(results[index] as never);
  }

  #take(): Call[] {
    let rows = 0;
    let count = 0;
    for (const call of this.#waiting) {
      if (count > 0 && rows + call.rows > GROUP_COMMIT_ROWS) break;
      rows += call.rows;
      count += 1;
    }
    this.#rows -= rows;
    return this.#waiting.splice(0, count);
  }
}
