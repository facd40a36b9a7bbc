import { type BlockFacts, readBlock, type Scan, scanSegment } from './block.ts';
import type { DiskSegments } from './disk-segments.ts';
import { READ_AHEAD_SEGMENTS } from './limits.ts';
import type { OutboxRecord } from './record.ts';

/** A segment on disk as the outbox knows it. */
export interface Segment {
  name: string;
  first: number;
  last: number;
  /** Records in it; before it was read the most that its numbers allow. */
  count: number;
  oldest: number; // Unix ms
  newest: number;
  /** All its records know their time. */
  timed: boolean;
  stream: Uint8Array;
  size: number; // bytes of the file
  /** Numbers that the server does not have; known of segments that were written lately or read. */
  waiting: Set<number> | undefined;
  /** Its headers were read, or it was written in this run. */
  known: boolean;
}

/** A piece of a segment that is not what was written, with the numbers that it may have held. */
export interface Damage {
  segment: Segment;
  stream: Uint8Array;
  offset: number;
  bytes: Buffer;
  from: number;
  to: number;
}

/** The records on disk: what is there, what the server has of it, and the oldest of it read ahead. */
export class Backlog {
  readonly #disk: DiskSegments;
  readonly #onDamage: (damage: Damage) => Promise<void>;
  readonly segments: Segment[] = [];
  readonly #ahead = new Map<Segment, OutboxRecord[]>();
  /** Damage that was told, by segment and offset; cleared as they go. */
  readonly #told = new Map<string, Set<number>>();

  constructor(disk: DiskSegments, onDamage: (damage: Damage) => Promise<void>) {
    this.#disk = disk;
    this.#onDamage = onDamage;
  }

  get count(): number {
    return this.segments.reduce((sum, { count, waiting }) => sum + (waiting?.size ?? count), 0);
  }

  get bytes(): number {
    return this.segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** Timestamp of the oldest record, Unix ms. */
  get oldest(): number | undefined {
    return this.segments[0]?.oldest;
  }

  /** A block with these numbers was written. */
  wrote({ name, size }: { name: string; size: number }, block: BlockFacts, numbers: readonly number[]): void {
    const segment = this.segments.at(-1);
    if (segment?.name !== name) {
      this.segments.push({ ...block, name, size, waiting: new Set(numbers), known: true });
      this.#forget(this.segments.at(-3));
      return;
    }
    segment.size = size;
    segment.last = block.last;
    segment.count += block.count;
    segment.oldest = Math.min(segment.oldest, block.oldest);
    segment.newest = Math.max(segment.newest, block.newest);
    segment.timed &&= block.timed;
    for (const number of numbers) segment.waiting?.add(number);
  }

  /** A long backlog is not held in memory number by number. */
  #forget(segment: Segment | undefined): void {
    if (segment !== undefined && !this.#ahead.has(segment) && segment.waiting?.size === segment.count)
      segment.waiting = undefined;
  }

  /** Records that were read ahead and are not stored, oldest first. */
  *ahead(): Iterable<OutboxRecord> {
    for (const segment of this.segments)
      for (const record of this.#ahead.get(segment) ?? [])
        if (segment.waiting?.has(record.number)) yield record;
  }

  /** The server has this record. What is not known to be here is sent again some time, and stored once all the same. */
  acknowledge(number: number): void {
    const segment = this.segments.find(({ first, last }) => first <= number && number <= last);
    segment?.waiting?.delete(number);
  }

  /** Segments whose records the server has. */
  settled(): Segment[] {
    return this.segments.filter(({ waiting }) => waiting?.size === 0);
  }

  async remove(segment: Segment): Promise<void> {
    const at = this.segments.indexOf(segment);
    if (at !== -1) this.segments.splice(at, 1);
    this.#ahead.delete(segment);
    this.#told.delete(segment.name);
    await this.#disk.remove(segment.name);
  }

  /** The segment to read ahead next, if there is one. That which takes blocks is left alone, unless it is `wanted` now. */
  unread(wanted: boolean): Segment | undefined {
    return this.segments
      .slice(0, READ_AHEAD_SEGMENTS)
      .find((one) => !this.#ahead.has(one) && (wanted || one.name !== this.#disk.active));
  }

  async readAhead(segment: Segment): Promise<void> {
    // What is read is not added to, or the records that come would be missed.
    if (this.#disk.active === segment.name) this.#disk.seal();
    const found = await this.#look(segment);
    if (found === undefined) return;
    const records: OutboxRecord[] = [];
    const unread: Piece[] = [];
    for (const block of found.blocks) {
      const inside = readBlock(found.bytes, block);
      if (inside === undefined) unread.push(block);
      else records.push(...inside);
    }
    const known = found.blocks.filter((block) => !unread.includes(block));
    await this.#tellDamage(segment, found.bytes, known, unread);
    const there = records.map(({ number }) => number).filter((number) => number <= segment.last);
    const { waiting } = segment;
    segment.waiting = new Set(there.filter((number) => waiting?.has(number) ?? true));
    segment.count = records.length;
    this.#ahead.set(segment, records);
  }

  /** Reads the headers of a segment of a run before. */
  async survey(segment: Segment): Promise<void> {
    if (!segment.known && this.segments.includes(segment)) await this.#look(segment);
  }

  /** Reads a segment's headers and tells its damage, once. Undefined when it is gone. */
  async #look(segment: Segment): Promise<{ bytes: Buffer; blocks: Scan['blocks'] } | undefined> {
    let bytes: Buffer;
    try {
      bytes = await this.#disk.read(segment.name);
    } catch {
      await this.#giveUp(segment);
      return undefined;
    }
    const { blocks, damaged } = scanSegment(bytes);
    const told = this.#told.get(segment.name) ?? new Set();
    this.#told.set(segment.name, told);
    const news = damaged.filter(({ offset }) => !told.has(offset));
    for (const { offset } of news) told.add(offset);
    await this.#tellDamage(segment, bytes, blocks, news);
    if (blocks.length === 0) {
      await this.remove(segment);
      return undefined;
    }
    if (!segment.known)
      Object.assign(segment, factsOf(blocks), { first: segment.first, known: true, size: bytes.length });
    return { bytes, blocks };
  }

  /** The disk does not give it back: its numbers are a gap. The file stays for a person to look at. */
  async #giveUp(segment: Segment): Promise<void> {
    await this.#onDamage({
      segment,
      stream: segment.stream,
      offset: 0,
      bytes: Buffer.alloc(0),
      from: segment.first,
      to: segment.last,
    });
    this.segments.splice(this.segments.indexOf(segment), 1);
    this.#ahead.delete(segment);
  }

  async #tellDamage(
    segment: Segment,
    bytes: Buffer,
    blocks: Scan['blocks'],
    pieces: readonly Piece[],
  ): Promise<void> {
    for (const { offset, length } of pieces) {
      const before = blocks.findLast((block) => block.offset < offset);
      const after = blocks.find((block) => block.offset > offset);
      const from = before === undefined ? segment.first : before.last + 1;
      const to = after === undefined ? segment.last : after.first - 1;
      const { stream } = before ?? after ?? segment;
      const piece = bytes.subarray(offset, offset + length);
      await this.#onDamage({ segment, stream, offset, bytes: piece, from, to });
    }
  }
}

type Piece = { offset: number; length: number };

/** What the blocks of a segment say together. Pure. */
export function factsOf(blocks: readonly BlockFacts[]): BlockFacts {
  const [head, tail] = [blocks[0]!, blocks.at(-1)!];
  return {
    first: head.first,
    last: tail.last,
    count: blocks.reduce((sum, { count }) => sum + count, 0),
    oldest: Math.min(...blocks.map(({ oldest }) => oldest)),
    newest: Math.max(...blocks.map(({ newest }) => newest)),
    stream: head.stream,
    timed: blocks.every(({ timed }) => timed),
  };
}
