/**
 * One end of a binary arithmetic coder. The models are the same code at both ends: they ask `code` with the bit that is
 * to be written, and go on with the bit that it returns. A writer returns what it was given; a reader ignores it.
 */
export interface BitCoder {
  /** `one` is the probability of a 1 in 65536ths, 1 to 65535. */
  code(bit: number, one: number): number;
}

/** Where to cut the range [low, high] for a 1: below and at the cut. Both are unsigned 32-bit numbers, low < high. */
function cutOf(low: number, high: number, one: number): number {
  const range = high - low;
  return low + (range >>> 16) * one + (((range & 0xffff) * one) >>> 16);
}

/** Writes bits into bytes, which grow as needed. */
export class BitWriter implements BitCoder {
  #low = 0;
  #high = 0xffffffff;
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  code(bit: number, one: number): number {
    const cut = cutOf(this.#low, this.#high, one);
    if (bit === 1) this.#high = cut;
    else this.#low = cut + 1;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#put(this.#high >>> 24);
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 0xff) >>> 0;
    }
    return bit;
  }

  /** Bytes written so far, not counting what finish() adds. */
  get length(): number {
    return this.#length;
  }

  /** All bytes. As few are added as tell the last range apart; a reader takes zeros for what is not there. */
  finish(): Uint8Array {
    // The shortest number within the range whose missing bytes are zeros.
    for (let bytes = 0; bytes <= 4; bytes++) {
      const step = 2 ** (32 - 8 * bytes);
      const value = Math.ceil(this.#low / step) * step;
      if (value > this.#high) continue;
      for (let i = 0; i < bytes; i++) this.#put(Math.floor(value / 2 ** (24 - 8 * i)) & 0xff);
      break;
    }
    let end = this.#length;
    while (end > 0 && this.#bytes[end - 1] === 0) end -= 1;
    return this.#bytes.subarray(0, end);
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** Reads the bits that a BitWriter wrote. `next` gives a byte at a time, and zeros behind the end. */
export class BitReader implements BitCoder {
  #low = 0;
  #high = 0xffffffff;
  #value = 0;
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
    for (let i = 0; i < 4; i++) this.#value = ((this.#value << 8) | next()) >>> 0;
  }

  code(_: number, one: number): number {
    const cut = cutOf(this.#low, this.#high, one);
    const bit = this.#value <= cut ? 1 : 0;
    if (bit === 1) this.#high = cut;
    else this.#low = cut + 1;
    while (((this.#low ^ this.#high) & 0xff000000) === 0) {
      this.#low = (this.#low << 8) >>> 0;
      this.#high = ((this.#high << 8) | 0xff) >>> 0;
      this.#value = ((this.#value << 8) | this.#next()) >>> 0;
    }
    return bit;
  }
}
