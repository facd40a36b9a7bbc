import { CLASS } from './reference-class.ts';

/** How many instructions after adrp the one that completes its address is looked for. */
export const ADRP_REACH = 16;

/** What is known of a place: a class for each unit of four bytes, and the address in the base that it refers to. */
export interface Found {
  classes: Uint8Array;
  targets: Int32Array;
  /** 1 more than the byte of its unit where a field of x64 code begins, 0 for none. */
  places: Uint8Array;
}

export type Move = (address: number) => number;

/**
 * Rewrites the references of ARM64 code (Arm Architecture Reference Manual, C6.2) for its new place: direct branches, adr,
 * adrp and the instruction that completes its address.
 *
 * It goes on where it was: it remembers what adrp left in each register.
 */
export class Arm64 {
  /** Old page in each register, -1 for none. */
  readonly #pages = new Int32Array(32).fill(-1);
  readonly #move: Move;
  /** Fields get addresses instead of distances, which makes two executables comparable. */
  readonly #absolute: boolean;

  constructor(move: Move, absolute: boolean) {
    this.#move = move;
    this.#absolute = absolute;
  }

  reset(): void {
    this.#pages.fill(-1);
  }

  /** Rewrites words[0 .. count); words up to `known` may be looked at. `found` gets an entry for each word from `at` on. */
  rewrite(
    words: Int32Array,
    count: number,
    known: number,
    oldAddress: number,
    newAddress: number,
    { classes, targets }: Found,
    at: number,
  ): void {
    for (let i = 0; i < count; i++) {
      const w = words[i]!;
      const from = oldAddress + 4 * i;
      const to = this.#absolute ? 0 : newAddress + 4 * i;
      let cls: number = CLASS.instruction;
      let target = 0;
      if ((w & 0x7c000000) === 0x14000000) {
        target = from + ((w << 6) >> 4); // b, bl
        const moved = this.#move(target);
        if (moved >= 0) words[i] = withDistance(w, moved - to, CLASS.call);
        if (w < 0) this.#pages.fill(-1, 0, 19); // what a call may overwrite (AAPCS64, 6.1.1)
        cls = w < 0 ? CLASS.call : CLASS.jump;
      } else if ((w & 0x9f000000) === -0x70000000) {
        const rd = w & 31; // adrp
        const page = (from & ~0xfff) + (((w << 8) >> 13) * 4 + ((w >>> 29) & 3)) * 4096;
        this.#pages[rd] = page;
        target = completed(words, i, known, rd, page);
        const moved = this.#move(target);
        if (moved >= 0) words[i] = withDistance(w, (moved >> 12) - (to >> 12), CLASS.page);
        cls = CLASS.page;
      } else if ((w & 0xff000010) === 0x54000000 || (w & 0x7c000000) === 0x34000000) {
        cls = CLASS.branch; // b.cond, cbz, cbnz, tbz, tbnz
        if (!this.#absolute) {
          target = from + branchDistance(w);
          const moved = this.#move(target);
          if (moved >= 0) words[i] = withDistance(w, moved - to, CLASS.branch);
        }
      } else if ((w & 0x9f000000) === 0x10000000) {
        cls = CLASS.near; // adr
        this.#pages[w & 31] = -1;
        if (!this.#absolute) {
          target = from + ((w << 8) >> 13) * 4 + ((w >>> 29) & 3);
          const moved = this.#move(target);
          if (moved >= 0) words[i] = withDistance(w, moved - to, CLASS.near);
        }
      } else {
        const shift = lowShift(w);
        if (shift >= 0) {
          const page = this.#pages[(w >>> 5) & 31]!;
          if (page >= 0) {
            target = page + (((w >>> 10) & 0xfff) << shift);
            const moved = this.#move(target);
            if (moved >= 0) words[i] = withLow(w, moved, shift);
            cls = CLASS.low;
          }
          if (overwrites(w)) this.#pages[w & 31] = -1;
        }
      }
      classes[at + i] = cls;
      targets[at + i] = target;
    }
  }
}

/** The instruction with another distance: in pages for adrp, in bytes for others. */
function withDistance(w: number, distance: number, cls: number): number {
  if (cls === CLASS.call) return (w & 0xfc000000) | ((distance >> 2) & 0x3ffffff);
  if (cls === CLASS.branch)
    return (w & 0x7e000000) === 0x36000000
      ? (w & ~(0x3fff << 5)) | (((distance >> 2) & 0x3fff) << 5)
      : (w & ~(0x7ffff << 5)) | (((distance >> 2) & 0x7ffff) << 5);
  return (w & 0x9f00001f) | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5);
}

const branchDistance = (w: number): number =>
  (w & 0x7e000000) === 0x36000000 ? ((w << 13) >> 18) << 2 : ((w << 8) >> 13) << 2;

/** The instruction with the low 12 bits of an address, unchanged when they do not fit its scale. */
function withLow(w: number, address: number, shift: number): number {
  const low = (address & 0xfff) >> shift;
  return low << shift === (address & 0xfff) ? (w & ~(0xfff << 10)) | (low << 10) : w;
}

/** Left shift of the 12-bit offset of add (64 bits, no shift) and of ldr and str with an unsigned offset; -1 for others. */
function lowShift(w: number): number {
  if ((w & 0xffc00000) === -0x6f000000) return 0;
  if ((w & 0x3b000000) !== 0x39000000) return -1;
  // Size 0 and the upper opc bit mean 128 bits in the vector registers.
  return (w & 0xc4800000) === 0x04800000 ? 4 : w >>> 30;
}

/** True for add, and for loads into general registers: the last operand is overwritten. */
const overwrites = (w: number): boolean => (w & 0xff000000) === -0x6f000000 || (w & 0x04c00000) !== 0;

/** The whole address of an adrp, from the first instruction behind it that completes it. */
function completed(words: Int32Array, i: number, known: number, rd: number, page: number): number {
  const stop = Math.min(known, i + 1 + ADRP_REACH);
  for (let k = i + 1; k < stop; k++) {
    const w = words[k]!;
    const shift = lowShift(w);
    if (shift >= 0 && ((w >>> 5) & 31) === rd) return page + (((w >>> 10) & 0xfff) << shift);
    if ((w & 0x9f00001f) === (-0x70000000 | rd)) break;
  }
  return page;
}

/**
 * Where the instruction `w` at `address` of the output refers to, given where it was thought to: only some bits of it are
 * in the instruction. -1 when it is no such instruction.
 */
export function arm64Target(cls: number, w: number, address: number, thought: number): number {
  if (cls === CLASS.call || cls === CLASS.jump)
    return (w & 0x7c000000) === 0x14000000 ? address + ((w << 6) >> 4) : -1;
  if (cls === CLASS.page) {
    if ((w & 0x9f000000) !== -0x70000000) return -1;
    return (address & ~0xfff) + (((w << 8) >> 13) * 4 + ((w >>> 29) & 3)) * 4096 + (thought & 0xfff);
  }
  if (cls === CLASS.low) {
    const shift = lowShift(w);
    if (shift < 0) return -1;
    const low = ((w >>> 10) & 0xfff) << shift;
    const near = low - (thought & 0xfff);
    return thought + (near > 2048 ? near - 4096 : near < -2048 ? near + 4096 : near);
  }
  return -1;
}
