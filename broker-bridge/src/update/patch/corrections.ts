import type { BitCoder } from './arithmetic-coder.ts';
import type { Found } from './arm64.ts';
import { MixedBits } from './mixed-bits.ts';
import { CLASS, CLASSES } from './reference-class.ts';

/** Bytes of a group, and of a unit. */
const GROUP = 128;
const UNIT = 4;

/**
 * Codes what differs from what was expected: for each group of 128 bytes whether anything does, then for each unit of four
 * bytes, then the bytes. Groups and units are aligned as in the base.
 */
export class Corrections {
  readonly #groups = new MixedBits({ contexts: 4, bits: 16, sets: 4, patience: 250, haste: 14 });
  readonly #units = new MixedBits({ contexts: 5, bits: 16, sets: CLASSES, patience: 120, haste: 14 });
  readonly #bytes = new MixedBits({ contexts: 4, bits: 18, sets: CLASSES * 4, patience: 60, haste: 13 });
  /** The last flags of groups. */
  #history = 0;
  #unitHistory = 0;
  readonly #classHistory = new Int32Array(CLASSES);
  /** Of each class, by how much the last one that differed did. */
  readonly #step = new Int32Array(CLASSES);
  #last = 0;
  readonly #flags = new MixedBits({ contexts: 6, bits: 17, sets: 8, patience: 120, haste: 14 });
  readonly #data = new MixedBits({ contexts: 8, bits: 17, sets: 4, patience: 60, haste: 13 });
  #byteHistory = 0;
  /** What was added to the first byte of the last number that differed, and whether its last byte overflowed. */
  #added = 0;
  #carry = 0;

  /**
   * Codes actual[0 .. count). `raw` are the base's bytes from `from` on, `expected` what they became, `found` what is known of
   * them. A writer gives the actual bytes; a reader gets them.
   */
  code(
    coder: BitCoder,
    actual: Uint8Array,
    raw: Uint8Array,
    expected: Uint8Array,
    { classes }: Found,
    count: number,
    from: number,
  ): void {
    const skew = from % UNIT;
    for (let at = 0; at < count; ) {
      const stop = Math.min(count, at + GROUP - ((from + at) % GROUP));
      const differs = this.#groupDiffers(
        coder,
        sameRange(actual, expected, at, stop) ? 0 : 1,
        classes,
        at,
        stop,
        skew,
      );
      if (differs === 0) actual.set(expected.subarray(at, stop), at);
      else this.#codeUnits(coder, actual, raw, expected, classes, at, stop, skew);
      at = stop;
    }
  }

  /** A flag for a group, from what is in it and from the flags before. */
  #groupDiffers(
    coder: BitCoder,
    differs: number,
    classes: Uint8Array,
    at: number,
    stop: number,
    skew: number,
  ): number {
    let kinds = 0;
    for (let u = (at + skew) >> 2; u * UNIT - skew < stop; u++) kinds |= 1 << classes[u]!;
    const history = this.#history;
    const groups = this.#groups;
    groups.set(0, history & 0xff);
    groups.set(1, (kinds << 4) | (history & 7));
    groups.set(2, (history & 0xffff) | 0x10000);
    groups.set(3, (kinds & 0x1ffd) | (bitsOf(history) << 16));
    const found = groups.code(coder, differs, 0, Math.min(3, bitsOf(history & 0xff)));
    this.#history = ((history << 1) | found) & 0xffffff;
    return found;
  }

  #codeUnits(
    coder: BitCoder,
    actual: Uint8Array,
    raw: Uint8Array,
    expected: Uint8Array,
    classes: Uint8Array,
    start: number,
    end: number,
    skew: number,
  ): void {
    const units = this.#units;
    let before = 0;
    for (let at = start; at < end; ) {
      const stop = Math.min(end, at + UNIT - ((at + skew) & 3));
      const cls = classes[(at + skew) >> 2]!;
      if (cls === CLASS.data) {
        before |= this.#codeData(coder, actual, raw, at, stop, stop === end && before === 0);
        at = stop;
        continue;
      }
      const place = (at - start) >> 2;
      let word = 0;
      let other = 0;
      for (let i = at; i < stop; i++) {
        word = (word << 8) | expected[i]!;
        if (raw[i] !== expected[i]) other = 1;
      }
      const history = this.#classHistory[cls]!;
      units.set(0, cls | ((history & 0xff) << 4));
      units.set(1, cls | (place << 4) | (before << 8) | ((this.#unitHistory & 3) << 20));
      units.set(2, Math.imul(word, 0x9e3779b1) ^ cls);
      units.set(3, cls | (other << 4) | ((this.#unitHistory & 0x3ff) << 5) | 0x100000);
      units.set(4, Math.imul(word & 0xfffffc00, 0x85ebca6b) ^ (cls | ((history & 7) << 4)));
      // The last unit differs when nothing before it did.
      const sure = stop === end && before === 0;
      const differs = sure ? 1 : units.code(coder, sameRange(actual, expected, at, stop) ? 0 : 1, 0, cls);
      this.#classHistory[cls] = (history << 1) | differs;
      this.#unitHistory = ((this.#unitHistory << 1) | differs) & 0xffff;
      before = (before << 1) | differs;
      if (differs === 0) for (let i = at; i < stop; i++) actual[i] = expected[i]!;
      else this.#codeBytes(coder, actual, raw, expected, at, stop, cls, skew);
      at = stop;
    }
  }

  /** Data of no known form, byte by byte: numbers in it begin anywhere. Returns 1 when any byte differs. */
  #codeData(
    coder: BitCoder,
    actual: Uint8Array,
    raw: Uint8Array,
    start: number,
    stop: number,
    sure: boolean,
  ): number {
    let any = 0;
    for (let i = start; i < stop; i++) {
      const e = raw[i]!;
      const one = raw[i - 1]! | 0;
      const two = raw[i - 2]! | 0;
      const next = raw[i + 1]! | 0;
      const after = raw[i + 2]! | 0;
      const flags = this.#flags;
      const past = this.#byteHistory;
      // A number that goes on: what was added to its last byte may have carried into this one.
      const goesOn = past & 1;
      const guess = (e + (goesOn === 1 ? this.#carry : this.#added)) & 0xff;
      flags.set(0, (past & 0xff) | 0x1000000);
      flags.set(1, e | (one << 8) | (next << 16) | (goesOn << 24) | 0x2000000);
      flags.set(
        2,
        Math.imul(e | (one << 8) | (next << 16) | (after << 24), 0x9e3779b1) ^ two ^ (goesOn << 20),
      );
      flags.set(3, one | (two << 8) | ((past & 7) << 16) | (this.#carry << 20) | 0x3000000);
      flags.set(4, one | ((past & 0x3f) << 8) | 0x4000000);
      flags.set(5, Math.imul(e | (next << 8) | (after << 16), 0x85ebca6b) ^ (goesOn | (this.#carry << 1)));
      const differs =
        sure && i + 1 === stop && any === 0 ? 1 : flags.code(coder, actual[i] === e ? 0 : 1, 0, past & 7);
      this.#byteHistory = ((past << 1) | differs) & 0xffff;
      if (differs === 0) {
        actual[i] = e;
        this.#carry = 0;
        continue;
      }
      any = 1;
      const data = this.#data;
      data.set(0, guess | (goesOn << 8) | 0x1000000);
      data.set(1, guess | (e << 8) | (goesOn << 16) | 0x2000000);
      data.set(2, e | (one << 8) | (next << 16) | 0x3000000);
      data.set(3, Math.imul(e | (one << 8) | (next << 16) | (after << 24), 0x9e3779b1) ^ (goesOn << 20));
      data.set(4, Math.imul(e | (next << 8) | (after << 16), 0x85ebca6b) ^ (this.#carry << 1));
      data.set(5, (this.#last & 0xffff) | 0x5000000);
      data.set(6, Math.imul(e | (two << 8) | (one << 16), 0xc2b2ae35) ^ ((this.#last & 0xff) << 1));
      data.set(7, one | ((this.#last & 0xff) << 8) | 0x7000000);
      let node = 1;
      for (let b = 7; b >= 0; b--) {
        const along = (guess | 0x100) >> (b + 1) === node ? 1 : 0;
        node = node * 2 + data.code(coder, (actual[i]! >> b) & 1, node, goesOn * 2 + along);
      }
      const byte = node & 0xff;
      actual[i] = byte;
      if (goesOn === 0) this.#added = byte - e;
      this.#carry = byte < e ? 1 : 0;
      this.#last = (this.#last << 8) | byte;
    }
    return any;
  }

  #codeBytes(
    coder: BitCoder,
    actual: Uint8Array,
    raw: Uint8Array,
    expected: Uint8Array,
    start: number,
    stop: number,
    cls: number,
    skew: number,
  ): void {
    const bytes = this.#bytes;
    let word = 0;
    for (let i = start; i < stop; i++) word |= expected[i]! << (8 * (i - start));
    // What it would be if it differed as the last one of its class.
    const again = word + this.#step[cls]!;
    let asAgain = 1;
    let soFar = 0;
    let found = 0;
    for (let i = start; i < stop; i++) {
      const k = i - start;
      const place = (i + skew) & 3;
      const guess = (again >>> (8 * k)) & 0xff;
      const e = expected[i]!;
      const key = cls | (place << 4);
      bytes.set(0, key | (guess << 8) | (asAgain << 16) | 0x2000000);
      bytes.set(1, key ^ Math.imul((soFar << 8) | raw[i]!, 0x5bd1e995) ^ 0x3000000);
      bytes.set(2, key | (soFar << 8) | 0x4000000);
      bytes.set(3, key | (e << 8) | 0x6000000);
      const set = cls * 4 + (k === 0 ? 0 : asAgain === 1 ? 1 : k === 1 ? 2 : 3);
      let node = 1;
      for (let b = 7; b >= 0; b--) node = node * 2 + bytes.code(coder, (actual[i]! >> b) & 1, node, set);
      const byte = node & 0xff;
      actual[i] = byte;
      if (byte !== guess) asAgain = 0;
      soFar = (soFar << 8) | byte;
      found |= byte << (8 * k);
    }
    this.#step[cls] = found - word;
    this.#last = found;
  }
}

const sameRange = (a: Uint8Array, b: Uint8Array, start: number, stop: number): boolean => {
  for (let i = start; i < stop; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** How many of the bits are 1. */
function bitsOf(v: number): number {
  let n = 0;
  for (let rest = v; rest !== 0; rest &= rest - 1) n += 1;
  return n;
}
