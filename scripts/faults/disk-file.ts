import type { Random } from '../fuzz/random.ts';

/** What a disk writes whole or not at all, bytes. */
export const SECTOR = 512;
/** What the kernel writes back at a time, bytes: a file may have grown by so many when the power goes. */
export const PAGE = 4096;

type Change = { kind: 'write'; offset: number; bytes: Buffer } | { kind: 'truncate'; size: number };

/** The content of one file: what the disk has for good, and what was done to it since. */
export class DiskFile {
  #durable: Buffer;
  #changes: Change[] = [];
  /** After each change, beginning with the durable one. */
  #sizes: number[];

  constructor(durable: Buffer = Buffer.alloc(0)) {
    this.#durable = durable;
    this.#sizes = [durable.length];
  }

  write(offset: number, bytes: Buffer): void {
    this.#changes.push({ kind: 'write', offset, bytes });
    this.#sizes.push(Math.max(this.size, offset + bytes.length));
  }

  truncate(size: number): void {
    this.#changes.push({ kind: 'truncate', size });
    this.#sizes.push(size);
  }

  /** As the running system sees it. */
  get size(): number {
    return this.#sizes.at(-1)!;
  }

  get current(): Buffer {
    return this.#after(this.#changes.length);
  }

  /** Changes that no sync made durable. */
  get pending(): number {
    return this.#changes.length;
  }

  /** True when the size changed since the last sync. */
  get resized(): boolean {
    return this.#sizes.some((size) => size !== this.#durable.length);
  }

  sync(): void {
    this.#durable = this.current;
    this.#changes = [];
    this.#sizes = [this.#durable.length];
  }

  /**
   * What may be read after a power cut, one of many. Half of the time it is a state that the file went through: the durable
   * one, the last one, or one between. Else the sectors have no order among each other: each shows any one of the states that it
   * went through since the last sync. The size is one that the file had, or on the way there by whole pages; what is below it
   * and was never written back reads as zeros. Truncations survive in their order, and what they cut off does not come
   * back once they have.
   */
  afterPowerCut(random: Random): Buffer {
    const { length } = this.#changes;
    if (random.next() < 0.5) return this.#after(random.pick([0, length, random.below(length + 1)]));
    const cuts = this.#changes.flatMap(({ kind }, index) => (kind === 'truncate' ? [index] : []));
    const survive = random.below(cuts.length + 1);
    const floor = survive === 0 ? 0 : cuts[survive - 1]! + 1;
    const changes = this.#changes.slice(0, cuts[survive] ?? length);
    const size = sizeBetween(this.#sizes.slice(floor, changes.length + 1), random);
    const result = Buffer.alloc(size);
    for (let start = 0; start < size; start += SECTOR) {
      const least = changes
        .slice(0, floor)
        .findLastIndex((change) => change.kind === 'truncate' && change.size < start + SECTOR);
      const touching = changes.filter((change, index) => index > least && touches(change, start));
      const some = [...changes.slice(0, least + 1), ...touching.slice(0, random.below(touching.length + 1))];
      const sector = Buffer.alloc(SECTOR);
      this.#durable.subarray(start, start + SECTOR).copy(sector);
      for (const change of some) applyTo(sector, start, change);
      sector.copy(result, start);
    }
    return result;
  }

  /** After so many of the changes. */
  #after(count: number): Buffer {
    const content = Buffer.alloc(Math.max(...this.#sizes.slice(0, count + 1)));
    this.#durable.copy(content);
    for (const change of this.#changes.slice(0, count)) applyTo(content, 0, change);
    return content.subarray(0, this.#sizes[count]);
  }
}

const touches = (change: Change, start: number): boolean =>
  change.kind === 'truncate'
    ? change.size < start + SECTOR
    : change.offset < start + SECTOR && change.offset + change.bytes.length > start;

/** Changes a part of a file that begins at `start`. */
function applyTo(part: Buffer, start: number, change: Change): void {
  if (change.kind === 'truncate') {
    part.fill(0, Math.min(part.length, Math.max(0, change.size - start)));
    return;
  }
  const from = Math.max(0, start - change.offset);
  const to = Math.max(0, change.offset - start);
  if (from < change.bytes.length && to < part.length) change.bytes.copy(part, to, from);
}

/** One of the sizes, or whole pages between two that follow each other. */
function sizeBetween(sizes: number[], random: Random): number {
  const index = random.below(sizes.length);
  const [from, to] = [sizes[index]!, sizes[index + 1] ?? sizes[index]!];
  const grown = to > from ? random.below(Math.floor(to / PAGE) - Math.floor(from / PAGE) + 1) : 0;
  return grown === 0 ? from : (Math.floor(from / PAGE) + grown) * PAGE;
}
