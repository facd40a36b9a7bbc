import type { BitCoder } from './arithmetic-coder.ts';
import { SQUASH, STRETCH, STRETCH_LIMIT } from './logistic.ts';

/** Rate at which a slot that has seen n bits follows the next one, in 16384ths: 1 / (n + 1.5). */
const RATES = Int32Array.from({ length: 256 }, (_, n) => Math.floor(16384 / (n + 1.5)));
/** A slot that saw nothing: one half. */
const FRESH = 0x800000;
/** Weights begin at this and stay within WEIGHT_LIMIT, in 65536ths. */
const WEIGHT = Math.floor(65536 * 0.35);
const WEIGHT_LIMIT = 0x7ffff;
/** An error of less than this many 65536ths does not move the weights. */
const SLIGHT = 512;

export interface MixedBitsOptions {
  /** Number of contexts that are mixed. */
  contexts: number;
  /** Slots of each context: 2 to this power. */
  bits: number;
  /** Number of sets of weights, of which the caller selects one for each bit. */
  sets: number;
  /** A slot follows no slower than one that has seen that many bits, at most 255. */
  patience: number;
  /** The more, the slower the weights follow an error. */
  haste: number;
}

/**
 * Predicts bits by mixing what several contexts have seen (logistic mixing). The caller sets a 32-bit hash for each context
 * with `set`, then codes bits; `node` tells the bits of one value apart.
 *
 * Boards run it in V8's interpreter, where each access to an array or a member counts: so it is written as it is.
 */
export class MixedBits {
  readonly #count: number;
  readonly #bits: number;
  readonly #patience: number;
  readonly #haste: number;
  readonly #hashes: Int32Array;
  /**
   * For each context, 2 to the power of `bits` slots: probability of a 1 in 65536ths, times 256, plus how often the slot was
   * used, all XOR FRESH, so that memory that is not used stays untouched.
   */
  readonly #slots: Int32Array;
  readonly #at: Int32Array;
  readonly #stretched: Int32Array;
  readonly #weights: Int32Array;

  constructor({ contexts, bits, sets, patience, haste }: MixedBitsOptions) {
    this.#count = contexts;
    this.#bits = bits;
    this.#patience = patience;
    this.#haste = haste;
    this.#hashes = new Int32Array(contexts);
    this.#slots = new Int32Array(contexts * 2 ** bits);
    this.#at = new Int32Array(contexts);
    this.#stretched = new Int32Array(contexts);
    this.#weights = new Int32Array(contexts * sets).fill(WEIGHT);
  }

  /** Context `index` of the bits that follow. */
  set(index: number, hash: number): void {
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2f0b4c47);
    this.#hashes[index] = Math.imul(mixed ^ (mixed >>> 13), 0x9e3779b1);
  }

  code(coder: BitCoder, bit: number, node: number, set: number): number {
    const count = this.#count;
    const hashes = this.#hashes;
    const slots = this.#slots;
    const at = this.#at;
    const stretched = this.#stretched;
    const weights = this.#weights;
    const bits = this.#bits;
    const shift = 32 - bits;
    const first = set * count;
    const salt = Math.imul(node, 0x5bd1e995);
    let dot = 0;
    for (let i = 0; i < count; i++) {
      const index = (i << bits) | ((hashes[i]! ^ salt) >>> shift);
      at[i] = index;
      const slot = slots[index]! ^ FRESH;
      const s = (slot & 0xff) === 0 ? 0 : STRETCH[slot >>> 12]!;
      stretched[i] = s;
      if (s !== 0) dot += (s * weights[first + i]!) >> 8;
    }
    dot >>= 8;
    const one =
      SQUASH[(dot > STRETCH_LIMIT ? STRETCH_LIMIT : Math.max(dot, -STRETCH_LIMIT)) + STRETCH_LIMIT]!;
    const found = coder.code(bit, one);
    const patience = this.#patience;
    const target = found === 1 ? 65535 : 0;
    for (let i = 0; i < count; i++) {
      const index = at[i]!;
      const slot = slots[index]! ^ FRESH;
      const n = slot & 0xff;
      const p = slot >>> 8;
      slots[index] = (((p + (((target - p) * RATES[n]!) >> 14)) << 8) | (n < patience ? n + 1 : n)) ^ FRESH;
    }
    const error = (found << 16) - one;
    if (error < SLIGHT && error > -SLIGHT) return found;
    const haste = this.#haste;
    for (let i = 0; i < count; i++) {
      const s = stretched[i]!;
      if (s === 0) continue;
      const w = weights[first + i]! + ((s * error) >> haste);
      weights[first + i] = w > WEIGHT_LIMIT ? WEIGHT_LIMIT : Math.max(w, -WEIGHT_LIMIT);
    }
    return found;
  }
}
