import type { Alignment, Load } from './layout.ts';

const PAGE = 12;
/** More than there are alignments. */
const ORDER = 2 ** 24;
/** Corrections that are remembered: 2 to this power. */
const LEARNT_BITS = 17;

/** Says where what was at an address of the base is in the output. */
export class AddressMap {
  readonly #oldLoads: readonly Load[];
  readonly #newLoads: readonly Load[];
  readonly #starts: Uint32Array;
  readonly #deltas: Int32Array;
  /** For each page of the base the last start at or before it. */
  readonly #pages: Uint32Array;
  /** Old and new address of what turned out to be elsewhere. An entry gives way to a newer one of the same hash. */
  readonly #learntOld = new Int32Array(2 ** LEARNT_BITS);
  readonly #learntNew = new Int32Array(2 ** LEARNT_BITS);

  /** `alignments` in any order; where two use the same bytes of the base, the longer one counts. */
  constructor(oldLoads: readonly Load[], newLoads: readonly Load[], alignments: readonly Alignment[]) {
    this.#oldLoads = oldLoads;
    this.#newLoads = newLoads;
    const { starts, deltas } = coverOf(alignments);
    this.#starts = Uint32Array.from(starts);
    this.#deltas = Int32Array.from(deltas);
    const last = oldLoads.reduce((most, { offset, length }) => Math.max(most, offset + length), 0);
    this.#pages = new Uint32Array((last >>> PAGE) + 1);
    let at = 0;
    for (let page = 0; page < this.#pages.length; page++) {
      while (at + 1 < this.#starts.length && this.#starts[at + 1]! <= page * 2 ** PAGE) at += 1;
      this.#pages[page] = at;
    }
  }

  /** Address in the output, or -1 for an address that is not in the base. */
  move(address: number): number {
    const slot = slotOf(address);
    if (this.#learntOld[slot] === address && address !== 0) return this.#learntNew[slot]!;
    const loads = this.#oldLoads;
    for (let i = 0; i < loads.length; i++) {
      const load = loads[i]!;
      const into = address - load.address;
      if (into < 0 || into >= load.memory) continue;
      if (into >= load.length) {
        // Behind the file's bytes, where memory starts as zeros.
        const there = this.#newLoads[i];
        return there === undefined ? address : there.address + there.length + (into - load.length);
      }
      const offset = load.offset + into;
      const moved = offset + this.#deltaAt(offset);
      for (const there of this.#newLoads) {
        const intoThere = moved - there.offset;
        if (intoThere >= 0 && intoThere < there.length) return there.address + intoThere;
      }
      return -1;
    }
    return -1;
  }

  /** What was at `address` turned out to be at `moved`. */
  learn(address: number, moved: number): void {
    const slot = slotOf(address);
    this.#learntOld[slot] = address;
    this.#learntNew[slot] = moved;
  }

  #deltaAt(offset: number): number {
    const starts = this.#starts;
    const page = offset >>> PAGE;
    let at = this.#pages[page]!;
    let end = page + 1 < this.#pages.length ? this.#pages[page + 1]! + 1 : starts.length;
    // The last start at or before the offset is in [at, end).
    while (end - at > 1) {
      const middle = (at + end) >> 1;
      if (starts[middle]! <= offset) at = middle;
      else end = middle;
    }
    return this.#deltas[at]!;
  }
}

const slotOf = (address: number): number => Math.imul(address, 0x9e3779b1) >>> (32 - LEARNT_BITS);

/** Which offset of the base moves how far: each delta holds from its start to the next start. */
function coverOf(alignments: readonly Alignment[]): { starts: number[]; deltas: number[] } {
  // Sorted as numbers, which needs no function of ours: by place in the base, then by order.
  const keys = Float64Array.from(alignments, ({ from }, i) => from * ORDER + i).sort();
  const starts: number[] = [0];
  const deltas: number[] = [0];
  let end = 0;
  let longest = 0;
  for (const key of keys) {
    const { to, from, length } = alignments[key % ORDER]!;
    const stop = from + length;
    if (stop <= end) continue;
    // A longer one that began before keeps what it has, and no start goes back.
    starts.push(from < end && length < longest ? end : Math.max(from, starts.at(-1)!));
    deltas.push(to - from);
    end = stop;
    longest = length;
  }
  if (starts.length > 1) deltas[0] = deltas[1]!;
  return { starts, deltas };
}
