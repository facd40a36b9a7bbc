import { GARBAGE_LIMIT } from './frame-decoder.ts';

/** How texts stand in a stream of bytes. */
export type TelegramForm = {
  /** The character that each begins with. */
  start: string;
  /** True once the text is whole, by its last TAIL characters; asked after each byte that ends a line. */
  isEnd(tail: string): boolean;
  /** Longest text, in bytes; a longer one is dropped. */
  limit: number;
  /** A start inside a text begins a new one, and the one before was cut off. */
  restarts: boolean;
};

/** How much of a text's end is looked at to tell whether it is whole. */
export const TAIL = 16;

const LF = 10;
const CR = 13;

/**
 * Cuts a stream of bytes into texts. What comes before the first start is no fault, since we may join in the middle; what was
 * cut off or does not end is `malformed`, and so is every GARBAGE_LIMIT of bytes without a start.
 */
export class TelegramSplitter {
  readonly #form: TelegramForm;
  readonly #start: number;
  readonly #held: Uint8Array;
  #length = 0;
  #garbage = 0;

  constructor(form: TelegramForm) {
    this.#form = form;
    this.#start = form.start.charCodeAt(0);
    this.#held = new Uint8Array(form.limit);
  }

  /** Texts from their start to the byte that ended them, each byte one character. */
  *push(chunk: Uint8Array): Generator<{ text: string } | { reason: 'malformed' }> {
    for (const byte of chunk) {
      const starts = byte === this.#start && (this.#length === 0 || this.#form.restarts);
      if (starts) {
        if (this.#length > 0) yield { reason: 'malformed' };
        this.#held[0] = byte;
        this.#length = 1;
      } else if (this.#length === 0) {
        this.#garbage += 1;
        if (this.#garbage < GARBAGE_LIMIT) continue;
        this.#garbage = 0;
        yield { reason: 'malformed' };
      } else if (this.#length >= this.#form.limit) {
        this.#length = 0;
        yield { reason: 'malformed' };
      } else {
        this.#held[this.#length++] = byte;
        if (byte !== LF && byte !== CR) continue;
        if (!this.#form.isEnd(this.#text(this.#length - TAIL))) continue;
        const text = this.#text(0);
        this.#length = 0;
        this.#garbage = 0;
        yield { text };
      }
    }
  }

  #text(from: number): string {
    return String.fromCharCode(...this.#held.subarray(Math.max(0, from), this.#length));
  }

  reset(): void {
    this.#length = 0;
    this.#garbage = 0;
  }
}
