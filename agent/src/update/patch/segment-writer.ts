import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { leafAt, leafOf, SEGMENT } from '@perch/broker-bridge/update/segment-index.ts';
import { diskError } from '../../atomic-file.ts';

/** Takes an executable in order and writes each segment when it is whole and has its leaf, and never a byte past the signed length. */
export class SegmentWriter {
  readonly #fd: number;
  readonly #length: number;
  readonly #index: Uint8Array;
  readonly #have: number;
  readonly #finish: (segment: Uint8Array, offset: number) => void;
  readonly #whole = createHash('sha256');
  readonly #segment: Buffer;
  #filled = 0;
  #next = 0;

  /**
   * `have` segments at the start are in the file already: they are checked and not written again. `finish` may change each
   * segment before it is checked.
   */
  constructor(
    fd: number,
    length: number,
    index: Uint8Array,
    have: number,
    finish: (segment: Uint8Array, offset: number) => void = () => {},
  ) {
    this.#fd = fd;
    this.#length = length;
    this.#index = index;
    this.#have = have;
    this.#finish = finish;
    this.#segment = Buffer.alloc(Math.min(SEGMENT, length));
  }

  /** Bytes that were taken. */
  get taken(): number {
    return this.#next * SEGMENT + this.#filled;
  }

  /** Room for the next bytes, in this segment; none when all are there. What is put there is taken by advance(). */
  room(): Buffer {
    const left = this.#length - this.taken;
    return this.#segment.subarray(this.#filled, Math.min(this.#segment.length, this.#filled + left));
  }

  /** @throws PerchError WRONG_HASH for a segment that is not the signed one, DISK */
  advance(count: number): void {
    this.#filled += count;
    if (this.#filled === SEGMENT || (this.#filled > 0 && this.taken === this.#length)) this.#end();
  }

  /** SHA-256 of all that was taken, 64 hex digits. */
  sha256(): string {
    return this.#whole.digest('hex');
  }

  #end(): void {
    const segment = this.#segment.subarray(0, this.#filled);
    this.#finish(segment, this.#next * SEGMENT);
    if (!leafOf(segment).equals(leafAt(this.#index, this.#next)))
      throw new PerchError(
        'WRONG_HASH',
        `segment ${this.#next} from the patch is not the signed one; the patch or the base is damaged, fetch the full form`,
      );
    this.#whole.update(segment);
    if (this.#next >= this.#have) this.#write(segment, this.#next * SEGMENT);
    this.#next += 1;
    this.#filled = 0;
  }

  #write(segment: Buffer, offset: number): void {
    try {
      let at = 0;
      while (at < segment.length) at += writeSync(this.#fd, segment, at, segment.length - at, offset + at);
    } catch (error) {
      throw diskError('cannot write the new executable', error);
    }
  }
}
