import { createHash, hash } from 'node:crypto';
import { EXECUTABLE_LIMIT } from '../release.ts';

/** Bytes of a segment of an executable; the last one may be shorter. A board checks one before it writes it. */
export const SEGMENT = 1024 * 1024;
/** Bytes of a leaf. 128 bits: nobody can find a second segment for a leaf, and whoever signs a leaf made the segment. */
export const LEAF = 16;
/** Most segments of an executable. */
export const SEGMENT_LIMIT = EXECUTABLE_LIMIT / SEGMENT;

export const segmentCount = (length: number): number => Math.ceil(length / SEGMENT);

/** The first LEAF bytes of a segment's SHA-256. */
export const leafOf = (segment: Uint8Array): Buffer => hash('sha256', segment, 'buffer').subarray(0, LEAF);

/** Leaf `i` of an index: leaves one after the other. */
export const leafAt = (index: Uint8Array, i: number): Uint8Array => index.subarray(i * LEAF, (i + 1) * LEAF);

/** What is signed of an index: its SHA-256, as 64 hex digits. */
export const indexHash = (index: Uint8Array): string => hash('sha256', index, 'hex');

export interface Digest {
  length: number; // bytes
  /** Of the whole, 64 hex digits. */
  sha256: string;
  /** The leaves one after the other. */
  leaves: Buffer;
  /** SHA-256 of the leaves, 64 hex digits. */
  index: string;
}

/** Takes an executable in chunks of any size and ends with what is signed of it. Holds the leaves and no segment. */
export class SegmentHasher {
  readonly #whole = createHash('sha256');
  #segment = createHash('sha256');
  #filled = 0;
  #length = 0;
  readonly #leaves: Buffer[] = [];

  update(chunk: Uint8Array): void {
    this.#whole.update(chunk);
    this.#length += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + SEGMENT - this.#filled);
      this.#segment.update(part);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === SEGMENT) this.#end();
    }
  }

  digest(): Digest {
    if (this.#filled > 0) this.#end();
    const leaves = Buffer.concat(this.#leaves);
    return { length: this.#length, sha256: this.#whole.digest('hex'), leaves, index: indexHash(leaves) };
  }

  #end(): void {
    this.#leaves.push(this.#segment.digest().subarray(0, LEAF));
    this.#segment = createHash('sha256');
    this.#filled = 0;
  }
}

/** What is signed of an executable that comes in chunks, such as from fs.createReadStream. */
export async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hasher = new SegmentHasher();
  for await (const chunk of chunks) hasher.update(chunk);
  return hasher.digest();
}
