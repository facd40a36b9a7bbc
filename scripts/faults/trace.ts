import { createHash } from 'node:crypto';

/** Events whose text is kept, the last ones; the digest is of all. */
export const TRACE_KEPT = 1_000;

/** What happened and when, in short: two runs are the same when their digests are. */
export class Trace {
  readonly #now: () => number;
  readonly #hash = createHash('sha256');
  #last: string[] = [];
  events = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(text: string, bytes: Uint8Array = new Uint8Array(0)): void {
    const line = `${this.#now()} ${text} ${bytes.length}`;
    this.#hash.update(line).update('\n').update(bytes);
    this.events += 1;
    this.#last.push(line);
    if (this.#last.length >= 2 * TRACE_KEPT) this.#last = this.#last.slice(-TRACE_KEPT);
  }

  /** SHA-256 of all events with their bytes, in hex. */
  get digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** The last events, oldest first. */
  get last(): string[] {
    return this.#last.slice(-TRACE_KEPT);
  }
}
