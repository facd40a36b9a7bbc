import type { BitCoder } from './arithmetic-coder.ts';

/** Bits of the longest number. */
const NUMBER_BITS = 32;
/** Mantissa bits that are learnt; the others are as good as random. */
const LEARNT_BITS = 4;
const RATE = 4;
/** A probability of one half. */
export const EVEN = 32768;

/** Codes unsigned numbers below 2^32 of one kind. Small and repeated ones get short. */
export class NumberModel {
  /** How many bits the number has: a binary tree of six levels for each context. */
  readonly #lengths: Uint16Array;
  readonly #mantissas: Uint16Array;

  constructor(contexts = 1) {
    this.#lengths = new Uint16Array(64 * contexts).fill(EVEN);
    this.#mantissas = new Uint16Array(((NUMBER_BITS + 1) << LEARNT_BITS) * contexts).fill(EVEN);
  }

  code(coder: BitCoder, value: number, context = 0): number {
    const bits = value === 0 ? 0 : 32 - Math.clz32(value);
    let node = 1;
    for (let i = 5; i >= 0; i--)
      node = node * 2 + learn(coder, this.#lengths, context * 64 + node, (bits >> i) & 1);
    const length = Math.min(node & 63, NUMBER_BITS);
    if (length < 2) return length;
    let result = 1;
    let at = 1;
    for (let i = length - 2; i >= 0; i--) {
      const wanted = (value >>> i) & 1;
      const top = length - 2 - i;
      let bit: number;
      if (top < LEARNT_BITS) {
        bit = learn(
          coder,
          this.#mantissas,
          (((NUMBER_BITS + 1) * context + length) << LEARNT_BITS) + at,
          wanted,
        );
        at = at * 2 + bit;
      } else bit = coder.code(wanted, EVEN);
      result = result * 2 + bit;
    }
    return result;
  }
}

/** Codes a bit by a probability that follows what is seen. */
export function learn(coder: BitCoder, table: Uint16Array, at: number, bit: number): number {
  const one = table[at]!;
  const found = coder.code(bit, one);
  table[at] = found === 1 ? one + ((65535 - one) >> RATE) : one - ((one - 32) >> RATE);
  return found;
}

/** Signed numbers as unsigned ones: 0, -1, 1, -2, 2, ... */
export const zigzag = (v: number): number => (v < 0 ? -2 * v - 1 : 2 * v);
export const unzigzag = (v: number): number => (v % 2 === 1 ? -(v + 1) / 2 : v / 2);
