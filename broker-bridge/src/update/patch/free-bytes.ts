import type { BitCoder } from './arithmetic-coder.ts';
import { MixedBits } from './mixed-bits.ts';

/** Bytes that are remembered. */
const HISTORY = 1 << 20;
const INDEX_BITS = 18;
/** Bytes that must agree before an earlier place is followed. */
const AGREE = 6;

/**
 * Codes bytes one by one, from the bytes before, from the place in the base that they are said to be like, and from the
 * last place where the same bytes came before.
 */
export class FreeBytes {
  readonly #bits = new MixedBits({ contexts: 8, bits: 17, sets: 64 * 3, patience: 250, haste: 14 });
  readonly #history = new Uint8Array(HISTORY);
  readonly #index = new Int32Array(2 ** INDEX_BITS);
  #length = 0;
  /** Place in the history that is followed, 0 for none, and for how many bytes it agreed. */
  #match = 0;
  #agreed = 0;
  /** For how many bytes the base's hint agreed, and the ones it did not. */
  #hinted = 0;
  #word = 0;
  #four = 0;
  #eight = 0;

  /** Takes bytes into the history as if they had been coded. */
  remember(byte: number): void {
    const at = this.#length;
    this.#history[at % HISTORY] = byte;
    this.#length = at + 1;
    this.#eight = (this.#eight << 8) | (this.#four >>> 24);
    this.#four = (this.#four << 8) | byte;
    const letter =
      (byte >= 0x30 && byte <= 0x39) ||
      (byte >= 0x41 && byte <= 0x5a) ||
      (byte >= 0x61 && byte <= 0x7a) ||
      byte === 0x5f ||
      byte === 0x24;
    this.#word = letter ? Math.imul(this.#word + byte + 1, 0x2c1b3c6d) : 0;
    if (this.#match > 0 && this.#history[this.#match % HISTORY] === byte) {
      this.#match += 1;
      this.#agreed += 1;
    } else {
      this.#match = 0;
      this.#agreed = 0;
    }
    const slot =
      Math.imul(Math.imul(this.#four, 0x9e3779b1) + (this.#eight & 0xffff), 0x85ebca6b) >>> (32 - INDEX_BITS);
    if (this.#match === 0) {
      const found = this.#index[slot]!;
      if (found > 0 && found + HISTORY > this.#length + 1) {
        let n = 0;
        while (
          n < 32 &&
          found - 1 - n >= 0 &&
          this.#history[(found - 1 - n) % HISTORY] === this.#history[(at - n) % HISTORY]
        )
          n += 1;
        if (n >= AGREE) {
          this.#match = found;
          this.#agreed = n;
        }
      }
    }
    this.#index[slot] = at + 1;
  }

  /** The bytes before the next one, of which at most eight count. */
  resume(before: Uint8Array): void {
    for (const byte of before) {
      this.#eight = (this.#eight << 8) | (this.#four >>> 24);
      this.#four = (this.#four << 8) | byte;
    }
    this.#match = 0;
    this.#agreed = 0;
    this.#hinted = 0;
    this.#word = 0;
  }

  /** Codes a byte at place `at` of the output. `hint` is the base's, or -1. */
  code(coder: BitCoder, byte: number, at: number, hint: number): number {
    const bits = this.#bits;
    const four = this.#four;
    const match = this.#match > 0 ? this.#history[this.#match % HISTORY]! : -1;
    const agreed = Math.min(
      15,
      this.#agreed > 16 ? 12 + (Math.min(this.#agreed, 400) >> 7) : this.#agreed >> 1,
    );
    const hinted = hint < 0 ? 0 : 1 + Math.min(6, bucket(this.#hinted));
    bits.set(0, four & 0xff);
    bits.set(1, (four & 0xffff) | 0x1000000);
    bits.set(2, (four & 0xffffff) | 0x2000000);
    bits.set(4, Math.imul(four, 0x9e3779b1) ^ (this.#eight & 0xffff) ^ 0x4000000);
    bits.set(5, this.#word ^ 0x5000000);
    bits.set(6, (match + 1) | (agreed << 9) | 0x6000000);
    bits.set(
      7,
      (hint + 1) |
        ((match + 1) << 9) |
        (Math.min(hinted, 3) << 18) |
        (Math.min(agreed >> 2, 3) << 20) |
        0x8000000,
    );
    // Instructions and many tables are of four bytes: what came in this one, and in the one before.
    const lane = at & 3;
    const within = lane === 0 ? 0 : four & ((1 << (8 * lane)) - 1);
    bits.set(3, Math.imul(within, 0x9e3779b1) ^ lane ^ 0xa000000);
    const state = hinted * 8 + (match < 0 ? 0 : 1 + Math.min(6, agreed >> 1));
    let node = 1;
    for (let b = 7; b >= 0; b--) {
      // Whether what is followed still agrees within this byte.
      const ahead =
        (match < 0 || (match | 0x100) >> (b + 1) !== node ? 0 : 1) +
        (hint < 0 || (hint | 0x100) >> (b + 1) !== node ? 0 : 1);
      node = node * 2 + bits.code(coder, (byte >> b) & 1, node, state * 3 + ahead);
    }
    const found = node & 0xff;
    if (hint >= 0) this.#hinted = found === hint ? this.#hinted + 1 : this.#hinted >> 2;
    this.remember(found);
    return found;
  }
}

const bucket = (n: number): number => (n === 0 ? 0 : 32 - Math.clz32(n));
