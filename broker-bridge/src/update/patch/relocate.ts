import type { AddressMap } from './address-map.ts';
import { ADRP_REACH, Arm64, arm64Target, type Found, type Move } from './arm64.ts';
import { type Layout, type Load, REGION, type Region } from './layout.ts';
import { read32, write32 } from './little-endian.ts';
import { CLASS } from './reference-class.ts';
import { X64, X64_AHEAD } from './x64.ts';

/** Bytes that `rewrite` wants to know behind a chunk. */
export const AHEAD = Math.max(4 * ADRP_REACH, X64_AHEAD) + 4;
/** Chunks end at multiples of this in the base. What was wrong in one is learnt before the next. */
export const CHUNK = 1024;
/** Bytes of an ELF64 symbol (System V ABI, chapter 4); the first four name it. */
const SYMBOL = 24;
/** Shorter distances in tables are lengths, or steps within the table. */
const NEAR = 4096;

/** The address of an offset, or -1 where nothing is loaded. */
export function addressOf(loads: readonly Load[], offset: number): number {
  for (const load of loads)
    if (offset >= load.offset && offset < load.offset + load.length)
      return load.address + offset - load.offset;
  return -1;
}

/**
 * Rewrites the references in pieces of the base, so that they are what they would be if nothing but places had changed.
 * Pieces of one alignment come in their order; reset() begins another.
 */
export class Relocator {
  readonly #layout: Layout;
  readonly #newLoads: readonly Load[];
  readonly #move: Move;
  readonly #absolute: boolean;
  readonly #arm64: Arm64;
  readonly #x64: X64;
  readonly #words = new Int32Array((CHUNK + AHEAD) / 4 + 1);
  readonly #wordBytes = new Uint8Array(this.#words.buffer);
  /** Bytes at the start of the next chunk that were rewritten already. */
  readonly #carry = new Uint8Array(X64_AHEAD);
  #carried = 0;
  /** Of the last chunk, for each unit of four bytes from the base's offset on that is a multiple of four. */
  readonly found: Found = {
    classes: new Uint8Array(CHUNK / 4 + 2),
    targets: new Int32Array(CHUNK / 4 + 2),
    places: new Uint8Array(CHUNK / 4 + 2),
  };

  /** With `absolute`, fields get addresses instead of distances, which makes two executables comparable. */
  constructor(layout: Layout, newLoads: readonly Load[], move: Move, absolute = false) {
    this.#layout = layout;
    this.#newLoads = newLoads;
    this.#move = move;
    this.#absolute = absolute;
    this.#arm64 = new Arm64(move, absolute);
    this.#x64 = new X64(move, absolute);
  }

  reset(): void {
    this.#arm64.reset();
    this.#carried = 0;
  }

  /**
   * Rewrites bytes[0 .. count), which are those of the base from `from` on and become those of the output from `to` on. Bytes up to
   * `known` are those that follow in the alignment. At most CHUNK bytes, within one chunk of the base.
   */
  rewrite(bytes: Uint8Array, count: number, known: number, from: number, to: number): void {
    const { classes } = this.found;
    classes.fill(CLASS.data);
    this.found.places.fill(0);
    const carried = this.#carried;
    this.#carried = 0;
    for (const region of this.#layout.regions) {
      if (region.end <= from) continue;
      if (region.start >= from + count) break;
      const at = Math.max(0, region.start - from);
      const stop = Math.min(count, region.end - from);
      const last = Math.min(known, region.end - from);
      const oldAddress = addressOf(this.#layout.loads, from + at) - at;
      const newAddress = addressOf(this.#newLoads, to + at) - at;
      if (oldAddress + at < 0 || newAddress + at < 0) continue;
      const place: Place = { at, stop, last, from, to, oldAddress, newAddress };
      if (region.kind === REGION.x64) this.#rewriteX64(bytes, place, at === 0 ? carried : 0);
      else if (region.kind === REGION.arm64) this.#rewriteArm64(bytes, place);
      else this.#rewriteTable(region, bytes, place);
    }
  }

  #rewriteX64(
    bytes: Uint8Array,
    { at, stop, last, from, oldAddress, newAddress }: Place,
    carried: number,
  ): void {
    const skew = from & 3;
    this.found.classes.fill(CLASS.instruction, (at + skew) >> 2, (stop + skew + 3) >> 2);
    bytes.set(this.#carry.subarray(0, carried), at);
    const part = bytes.subarray(at, last);
    const next = this.#x64.rewrite(
      part,
      carried,
      stop - at,
      last - at,
      oldAddress + at,
      newAddress + at,
      this.found,
      at + skew,
    );
    this.#carried = Math.max(0, next - (stop - at));
    this.#carry.set(part.subarray(stop - at, next));
  }

  #rewriteArm64(bytes: Uint8Array, { at, stop, last, from, to, oldAddress, newAddress }: Place): void {
    const first = at + (-(from + at) & 3);
    const count = (stop - first) >> 2;
    if (count <= 0 || ((to - from) & 3) !== 0) return;
    const known = (last - first) >> 2;
    this.#wordBytes.set(bytes.subarray(first, first + 4 * known));
    const unit = (first + (from & 3)) >> 2;
    this.#arm64.rewrite(this.#words, count, known, oldAddress + first, newAddress + first, this.found, unit);
    bytes.set(this.#wordBytes.subarray(0, 4 * count), first);
  }

  #rewriteTable({ kind, start, base }: Region, bytes: Uint8Array, place: Place): void {
    const { at, stop, last, from, oldAddress, newAddress } = place;
    const { classes, targets } = this.found;
    const skew = from & 3;
    for (let p = at + (-(from + at) & 3); p + 4 <= stop; p += 4) {
      const v = read32(bytes, p);
      let cls: number;
      let target: number;
      if (kind === REGION.fromHere) {
        // The two fields of an entry of .eh_frame (Linux Standard Base Core, 10.6.1.1): back to its CIE, then to its code.
        if (v > -NEAR && v < NEAR) continue;
        if (v > 0 && (p + 8 > last || read32(bytes, p + 4) > -NEAR || (v & 3) !== 0)) continue;
        cls = v < 0 ? CLASS.fromHere : CLASS.backwards;
        target = oldAddress + p + (v < 0 ? v : -v);
      } else if (kind === REGION.fromBase) {
        cls = CLASS.fromBase;
        target = base + v;
      } else if (kind === REGION.symbols && (from + p - start) % SYMBOL === 0) {
        cls = CLASS.name;
        target = base + v;
      } else {
        if (((from + p) & 7) !== 0 || p + 8 > stop || v <= 0 || read32(bytes, p + 4) !== 0) continue;
        cls = CLASS.pointer;
        target = v;
      }
      const moved = this.#move(target);
      if (moved < 0) continue;
      classes[(p + skew) >> 2] = cls;
      targets[(p + skew) >> 2] = target;
      write32(bytes, p, this.#field(cls, moved, newAddress + p, base));
    }
  }

  #field(cls: number, moved: number, here: number, base: number): number {
    if (this.#absolute || cls === CLASS.pointer) return moved;
    if (cls === CLASS.fromHere) return moved - here;
    if (cls === CLASS.backwards) return here - moved;
    return moved - this.#move(base);
  }
}

interface Place {
  at: number;
  stop: number;
  last: number;
  from: number;
  to: number;
  /** Of bytes[0]. */
  oldAddress: number;
  newAddress: number;
}

/** Where the field `v` at `address` of the output refers to, which was thought to be `thought`; -1 when that cannot be told. */
export function targetOf(
  cls: number,
  v: number,
  address: number,
  thought: number,
  base: number,
  map: AddressMap,
): number {
  if (cls === CLASS.pointer) return v;
  if (cls === CLASS.fromHere) return address + v;
  if (cls === CLASS.backwards) return address - v;
  if (cls === CLASS.fromBase || cls === CLASS.name) return map.move(base) + v;
  return arm64Target(cls, v, address, thought);
}
