import { SEGMENT } from '../segment-index.ts';
import { AddressMap } from './address-map.ts';
import type { BitCoder } from './arithmetic-coder.ts';
import { Corrections } from './corrections.ts';
import { FreeBytes } from './free-bytes.ts';
import { REGION } from './layout.ts';
import type { Layouts } from './layout-code.ts';
import { read32 } from './little-endian.ts';
import { MODE, type Operation } from './operations.ts';
import { CLASS } from './reference-class.ts';
import { AHEAD, addressOf, CHUNK, Relocator, targetOf } from './relocate.ts';

/** Reads bytes of the base into `into`; all of them are within the base. */
export type ReadBase = (from: number, into: Uint8Array) => void;

export interface Plan {
  /** Bytes of the output. */
  length: number;
  /** Bytes of the base. */
  base: number;
  operations: readonly Operation[];
  layouts: Layouts;
}

/** Nothing is known of the references. */
export const NO_LAYOUTS: Layouts = { base: { loads: [], regions: [] }, newLoads: [] };

/** Most bytes that are coded one by one in a step. */
const FREE_STEP = 128;
/** Bytes before a run of free ones that are known to it. */
const TAIL = 8;

/** Codes the output from its start to its end, a step at a time. A writer and a reader run the same code. */
export class Body {
  readonly #coder: BitCoder;
  readonly #plan: Plan;
  readonly #read: ReadBase;
  readonly #map: AddressMap;
  readonly #relocator: Relocator;
  readonly #corrections = new Corrections();
  readonly #free = new FreeBytes();
  readonly #raw = new Uint8Array(CHUNK + AHEAD);
  readonly #expected = new Uint8Array(CHUNK + AHEAD);
  #at = 0;
  #next = 0;
  #started = false;
  /** The last bytes of the output so far. */
  readonly #tail = new Uint8Array(TAIL);

  constructor(coder: BitCoder, plan: Plan, read: ReadBase) {
    this.#coder = coder;
    this.#plan = plan;
    this.#read = read;
    const { base, newLoads } = plan.layouts;
    this.#map = new AddressMap(base.loads, newLoads, plan.operations);
    this.#relocator = new Relocator(base, newLoads, (address) => this.#map.move(address));
  }

  /** Bytes of the output that are done. */
  get done(): number {
    return this.#at;
  }

  /**
   * Codes the next bytes: actual[0 ...) is the output from `done` on, which a writer gives and a reader gets; it goes to the end
   * of the segment or has room for CHUNK bytes. Returns how many there are now, 0 at the end.
   */
  step(actual: Uint8Array): number {
    const operation = this.#plan.operations[this.#next];
    const room = Math.min(actual.length, this.#plan.length - this.#at);
    if (room === 0) return 0;
    let count: number;
    if (operation === undefined || this.#at < operation.to)
      count = this.#freeBytes(
        actual,
        Math.min(room, FREE_STEP, (operation?.to ?? this.#plan.length) - this.#at),
      );
    else {
      const into = this.#at - operation.to;
      const from = operation.from + into;
      const left = operation.length - into;
      if (operation.mode === MODE.copy) {
        count = Math.min(room, left);
        this.#read(from, actual.subarray(0, count));
      } else count = this.#correct(actual, from, left);
      if (count === left) {
        this.#next += 1;
        this.#started = false;
      }
    }
    this.#at += count;
    if (operation !== undefined && this.#at === operation.to) this.#started = false;
    this.#remember(actual.subarray(0, count));
    return count;
  }

  #remember(bytes: Uint8Array): void {
    const last = bytes.subarray(-TAIL);
    this.#tail.copyWithin(0, last.length);
    this.#tail.set(last, TAIL - last.length);
  }

  #freeBytes(actual: Uint8Array, count: number): number {
    // What followed the operation before is a hint.
    const before = this.#plan.operations[this.#next - 1];
    const from = before === undefined ? 0 : this.#at - before.to + before.from;
    const there = Math.max(0, Math.min(count, this.#plan.base - from));
    const hints = this.#raw.subarray(0, there);
    this.#read(from, hints);
    if (!this.#started) this.#free.resume(this.#tail);
    this.#started = true;
    for (let i = 0; i < count; i++)
      actual[i] = this.#free.code(this.#coder, actual[i]!, this.#at + i, hints[i] ?? -1);
    return count;
  }

  #correct(actual: Uint8Array, from: number, left: number): number {
    const relocator = this.#relocator;
    if (!this.#started) relocator.reset();
    this.#started = true;
    const count = Math.min(left, CHUNK - (from % CHUNK), SEGMENT - (this.#at % SEGMENT));
    const known = Math.min(left, count + AHEAD);
    const raw = this.#raw.subarray(0, known);
    this.#read(from, raw);
    this.#expected.set(raw);
    relocator.rewrite(this.#expected, count, known, from, this.#at);
    this.#corrections.code(this.#coder, actual, raw, this.#expected, relocator.found, count, from);
    this.#learn(actual, from, count);
    return count;
  }

  /** Finds out where misjudged references really lead. */
  #learn(actual: Uint8Array, from: number, count: number): void {
    const { classes, targets, places } = this.#relocator.found;
    const { base: layout, newLoads } = this.#plan.layouts;
    const expected = this.#expected;
    const skew = from & 3;
    const region = layout.regions.find(({ end }) => end > from);
    if (region === undefined || region.start >= from + count) return;
    const address = addressOf(newLoads, this.#at);
    if (address < 0) return;
    for (let unit = 0; unit * 4 - skew < count; unit++) {
      const cls = classes[unit]!;
      if (cls <= CLASS.instruction) continue;
      const place = places[unit]!;
      if (place === 0 && region.kind === REGION.x64) continue;
      const p = unit * 4 - skew + (place === 0 ? 0 : place - 1);
      if (p < 0 || p + 4 > count) continue;
      const v = read32(actual, p);
      if (v === read32(expected, p)) continue;
      const old = targets[unit]!;
      const target =
        place > 0 && cls !== CLASS.pointer
          ? address + p + 4 + v
          : targetOf(cls, v, address + p, this.#map.move(old), region.base, this.#map);
      if (target >= 0) this.#map.learn(old, target);
    }
  }
}
