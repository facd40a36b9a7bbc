import type { Alignment } from '@perch/broker-bridge/update/patch/layout.ts';

const GRID = 4;
const WINDOW = 12;
const PROBES = 24;
const LONGEST = 1 << 16;
/** A new alignment must agree in so many bytes more than the one that is left. */
const GAIN = 12;

/**
 * Alignments of `fresh` with `old`, in the order of `fresh` and without overlap in it. What lies between them is like
 * nothing in `old`. Within an alignment most bytes agree, not all.
 */
export function matchImages(old: Buffer, fresh: Buffer, tables: MatchTables): Alignment[] {
  return new Matcher(old, fresh, tables).run();
}

/** Where which bytes are in a base of `length` bytes: as much memory as the base, and up to 64 MB. It can be used again. */
export class MatchTables {
  /** The first place with a hash, in steps of GRID; -1 for none. */
  readonly heads: Int32Array;
  /** For each place the next one with the same hash. */
  readonly chain: Int32Array;

  constructor(length: number) {
    const bits = Math.max(10, Math.min(24, Math.ceil(Math.log2(length / GRID + 1))));
    this.heads = new Int32Array(2 ** bits);
    this.chain = new Int32Array(Math.floor(length / GRID) + 1);
  }
}

class Matcher {
  readonly #old: Buffer;
  readonly #new: Buffer;
  readonly #heads: Int32Array;
  readonly #chain: Int32Array;
  readonly #shift: number;
  readonly #out: Alignment[] = [];

  constructor(old: Buffer, fresh: Buffer, { heads, chain }: MatchTables) {
    this.#old = old;
    this.#new = fresh;
    this.#shift = 32 - Math.log2(heads.length);
    this.#heads = heads.fill(-1);
    this.#chain = chain;
    for (let slot = Math.floor((old.length - WINDOW) / GRID); slot >= 0; slot--) {
      const at = slot * GRID;
      const h = this.#hash(old, at);
      this.#chain[slot] = this.#heads[h]!;
      this.#heads[h] = slot;
    }
  }

  #hash(bytes: Buffer, at: number): number {
    let h = 0;
    for (let i = 0; i < WINDOW; i += 4) {
      const w =
        bytes[at + i]! | (bytes[at + i + 1]! << 8) | (bytes[at + i + 2]! << 16) | (bytes[at + i + 3]! << 24);
      h = Math.imul(h ^ w, 0x9e3779b1);
      h ^= h >>> 15;
    }
    return Math.imul(h, 0x85ebca6b) >>> this.#shift;
  }

  /** How many bytes are equal from there on. */
  #equal(from: number, to: number, limit: number): number {
    const a = this.#old;
    const b = this.#new;
    const most = Math.min(limit, a.length - from, b.length - to);
    let n = 0;
    while (n + 256 <= most && a.compare(b, to + n, to + n + 256, from + n, from + n + 256) === 0) n += 256;
    while (n < most && a[from + n] === b[to + n]) n += 1;
    return n;
  }

  /** How many of `length` bytes agree. */
  #agree(from: number, to: number, length: number): number {
    const a = this.#old;
    const b = this.#new;
    const start = from < 0 ? -from : 0;
    const stop = Math.min(length, a.length - from);
    let n = 0;
    for (let i = start; i < stop; i++) if (a[from + i] === b[to + i]) n += 1;
    return n;
  }

  run(): Alignment[] {
    const fresh = this.#new;
    const end = fresh.length;
    let delta = 0; // of the alignment that is open: its place in the base less that in the output
    let lastScan = 0; // start of the open alignment
    let scan = 0;
    while (scan < end) {
      const along = this.#equal(scan + delta < 0 ? this.#old.length : scan + delta, scan, end - scan);
      if (along >= 32) {
        scan += along;
        continue;
      }
      const found = scan + WINDOW <= end ? this.#longest(scan, delta) : undefined;
      if (
        found === undefined ||
        found.from - scan === delta ||
        found.length < this.#agree(scan + delta, scan, Math.min(found.length, 4096)) + GAIN
      ) {
        scan += Math.max(1, along);
        continue;
      }
      this.#change(lastScan, delta, scan, found.from);
      lastScan = this.#start;
      delta = found.from - scan;
      scan += found.length;
    }
    this.#close(lastScan, delta, end);
    return this.#out;
  }

  #start = 0;

  #longest(to: number, delta: number): { from: number; length: number } | undefined {
    let best = 0;
    let bestFrom = -1;
    let probes = 0;
    for (
      let slot = this.#heads[this.#hash(this.#new, to)]!;
      slot >= 0 && probes < PROBES;
      slot = this.#chain[slot]!
    ) {
      probes += 1;
      const from = slot * GRID;
      if (best > 0 && this.#old[from + best] !== this.#new[to + best]) continue;
      const length = this.#equal(from, to, LONGEST);
      if (
        length > best ||
        (length === best && Math.abs(from - to - delta) < Math.abs(bestFrom - to - delta))
      ) {
        best = length;
        bestFrom = from;
      }
    }
    return best >= WINDOW ? { from: bestFrom, length: best } : undefined;
  }

  /** Ends the open alignment somewhere before `scan`, where another one with `from` begins, and begins that as early as it pays. */
  #change(start: number, delta: number, scan: number, from: number): void {
    const a = this.#old;
    const b = this.#new;
    // Forward: the longest prefix in which most bytes agree.
    let score = 0;
    let bestScore = 0;
    let forward = 0;
    for (let i = 0; start + i < scan && start + delta + i < a.length; ) {
      if (start + delta + i >= 0 && a[start + delta + i] === b[start + i]) score += 1;
      i += 1;
      if (score * 2 - i > bestScore * 2 - forward) {
        bestScore = score;
        forward = i;
      }
    }
    // Backward from the new one.
    score = 0;
    bestScore = 0;
    let backward = 0;
    for (let i = 1; scan - i >= start && from - i >= 0; i++) {
      if (a[from - i] === b[scan - i]) score += 1;
      if (score * 2 - i > bestScore * 2 - backward) {
        bestScore = score;
        backward = i;
      }
    }
    const overlap = start + forward - (scan - backward);
    if (overlap > 0) {
      let s = 0;
      let best = 0;
      let cut = 0;
      for (let i = 0; i < overlap; i++) {
        const at = start + forward - overlap + i;
        if (b[at] === a[at + delta]) s += 1;
        if (b[at] === a[at + from - scan]) s -= 1;
        if (s > best) {
          best = s;
          cut = i + 1;
        }
      }
      forward += cut - overlap;
      backward -= cut;
    }
    this.#put(start, start + delta, forward);
    this.#start = scan - backward;
  }

  #close(start: number, delta: number, end: number): void {
    this.#change(start, delta, end, 0);
  }

  #put(to: number, from: number, length: number): void {
    if (length > 0 && from >= 0) this.#out.push({ to, from, length });
  }
}
