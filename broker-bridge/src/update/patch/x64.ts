import type { Found, Move } from './arm64.ts';
import { read32, write32 } from './little-endian.ts';
import { CLASS } from './reference-class.ts';

/** Bytes that must be known from a byte on to rewrite a field that it announces: opcode, ModRM, SIB, four bytes, constant. */
export const X64_AHEAD = 11;

/**
 * Rewrites the 32-bit distances and addresses in x64 code (Intel SDM volume 2, 2.1.5 and 2.2.1.6): call, jmp, jcc, operands in
 * memory, constants. Instructions are not decoded: a field counts when the bytes before it look so and when it leads
 * into the executable.
 */
export class X64 {
  readonly #move: Move;
  readonly #absolute: boolean;

  constructor(move: Move, absolute: boolean) {
    this.#move = move;
    this.#absolute = absolute;
  }

  /**
   * Rewrites bytes[from .. count); bytes up to `known` are there. Returns where to go on, which is past `count` when a
   * field crosses it. Addresses are those of bytes[0]. `unit` is the place of a byte among the units of `found`, in bytes.
   */
  rewrite(
    bytes: Uint8Array,
    from: number,
    count: number,
    known: number,
    oldAddress: number,
    newAddress: number,
    { classes, targets, places }: Found,
    unit: number,
  ): number {
    let p = from;
    while (p < count) {
      const cls = this.#fieldAt(bytes, p, known);
      const at = p + this.#skip;
      if (cls === CLASS.instruction || at + 4 > known) {
        p += 1;
        continue;
      }
      const v = read32(bytes, at);
      const target = cls === CLASS.pointer ? v : oldAddress + at + 4 + v;
      const moved = this.#move(target);
      if (moved < 0) {
        p += 1;
        continue;
      }
      write32(bytes, at, this.#absolute || cls === CLASS.pointer ? moved : moved - (newAddress + at + 4));
      const first = (unit + at) >> 2;
      classes[first] = cls;
      classes[(unit + at + 3) >> 2] = cls;
      targets[first] = target;
      places[first] = 1 + ((unit + at) & 3);
      p = at + 4;
    }
    return p;
  }

  /** How far behind the byte the field is that #fieldAt found. */
  #skip = 0;

  /** Class of a field that the byte at p announces, CLASS.instruction for none. */
  #fieldAt(bytes: Uint8Array, p: number, known: number): number {
    const b = bytes[p]!;
    this.#skip = 1;
    if (b === 0xe8) return CLASS.call;
    if (b === 0xe9) return CLASS.jump;
    // mov of a constant, cmp with one, push of one: it may be an address.
    if ((b & 0xf8) === 0xb8 || b === 0x3d || b === 0x68) return CLASS.pointer;
    if (p + 1 >= known) return CLASS.instruction;
    const next = bytes[p + 1]!;
    if (b === 0x0f && (next & 0xf0) === 0x80) {
      this.#skip = 2;
      return CLASS.branch;
    }
    if (b === 0xc7 || b === 0x81) {
      // A constant behind the operand in memory.
      const mode = next >> 6;
      const sib = mode < 3 && (next & 7) === 4 ? 1 : 0;
      this.#skip = 2 + sib + (mode === 1 ? 1 : mode === 2 ? 4 : 0);
      if ((next & 0xc7) !== 0x05) return CLASS.pointer;
    }
    if (p === 0 || MODRM[bytes[p - 1]!] !== 1) return CLASS.instruction;
    this.#skip = 1;
    if ((b & 0xc7) === 0x05) return CLASS.operand;
    // An operand at an address plus registers.
    const sib = (b & 7) === 4;
    if ((b & 0xc0) === 0x80 || ((b & 0xc7) === 0x04 && (next & 7) === 5)) {
      this.#skip = sib ? 2 : 1;
      return CLASS.pointer;
    }
    return CLASS.instruction;
  }
}

/** Opcodes (last byte) after which a ModRM byte with an operand relative to rip is usual. */
const MODRM = new Uint8Array(256);
for (const opcode of [
  0x01, 0x03, 0x09, 0x0b, 0x10, 0x11, 0x16, 0x21, 0x23, 0x28, 0x29, 0x2a, 0x2b, 0x2e, 0x2f, 0x31, 0x33, 0x38,
  0x39, 0x3b, 0x51, 0x54, 0x57, 0x58, 0x59, 0x5c, 0x5e, 0x63, 0x6e, 0x6f, 0x7e, 0x7f, 0x80, 0x81, 0x83, 0x84,
  0x85, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d, 0xb0, 0xb1, 0xb6, 0xb7, 0xbe, 0xbf, 0xc0, 0xc1, 0xc6, 0xc7, 0xd6,
  0xdb, 0xef, 0xf6, 0xfe, 0xff,
])
  MODRM[opcode] = 1;
