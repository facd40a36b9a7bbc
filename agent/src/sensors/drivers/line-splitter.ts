import { LINE_LIMIT } from '@perch/broker-bridge/config/limits.ts';

/**
 * Cuts a stream of bytes into lines. Holds LINE_LIMIT bytes at most: a longer line is dropped whole and counted. The rest of
 * a line that was under way when we joined is dropped too, since half a line may look right and be wrong.
 */
export class LineSplitter {
  readonly #delimiter: number;
  readonly #onLine: (line: Uint8Array) => void;
  readonly #held = Buffer.alloc(LINE_LIMIT);
  #length = 0;
  #skipping = true;
  #joining = true;
  tooLong = 0;

  constructor(delimiter: '\n' | '\r', onLine: (line: Uint8Array) => void) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#onLine = onLine;
  }

  /** Forgets what was collected: the stream begins anew, in the middle of a line. */
  join(): void {
    this.#length = 0;
    this.#skipping = true;
    this.#joining = true;
  }

  /** The stream begins anew, at the start of a line. */
  start(): void {
    this.#length = 0;
    this.#skipping = false;
    this.#joining = false;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const end = chunk.indexOf(this.#delimiter, at);
      const part = chunk.subarray(at, end < 0 ? chunk.length : end);
      if (!this.#skipping && this.#length + part.length > LINE_LIMIT) this.#skipping = true;
      if (!this.#skipping) {
        this.#held.set(part, this.#length);
        this.#length += part.length;
      }
      if (end < 0) return;
      at = end + 1;
      this.#end();
    }
  }

  #end(): void {
    const skipped = this.#skipping;
    const joining = this.#joining;
    const line = this.#held.subarray(0, this.#length);
    this.#length = 0;
    this.#skipping = false;
    this.#joining = false;
    if (skipped) {
      if (!joining) this.tooLong += 1;
      return;
    }
    const trimmed = line.at(-1) === 13 ? line.subarray(0, -1) : line;
    if (trimmed.length > 0) this.#onLine(trimmed);
  }
}
