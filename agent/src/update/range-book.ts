import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { FRAME_LEAST, FRAME_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';

/** An object's bytes are counted by pieces of this size; frames are whole pieces, as many as the link likes. */
export const PIECE = 4096;

/** Which pieces of an object are here, as a bitmap. Pure: the bytes are elsewhere. */
export class RangeBook {
  readonly length: number;
  readonly #have: Uint8Array;
  #count = 0;
  #lowest = 0;

  /** `have` is a bitmap of an earlier run; one of the wrong size counts as empty. */
  constructor(length: number, have?: Uint8Array) {
    this.length = length;
    const size = Math.ceil(this.pieces / 8);
    this.#have = have?.length === size ? Uint8Array.from(have) : new Uint8Array(size);
    for (let i = 0; i < this.pieces; i++) if (this.#has(i)) this.#count += 1;
  }

  get pieces(): number {
    return Math.ceil(this.length / PIECE);
  }

  get done(): boolean {
    return this.#count === this.pieces;
  }

  /** Bytes that are here. */
  get bytes(): number {
    return Math.min(this.length, this.#count * PIECE);
  }

  get percent(): number {
    return this.pieces === 0 ? 100 : Math.floor((100 * this.#count) / this.pieces);
  }

  get bitmap(): Uint8Array {
    return Uint8Array.from(this.#have);
  }

  /** Offsets of the first frames of `frame` bytes of which a piece is missing, not overlapping. */
  missing(frame: number, limit: number): number[] {
    const offsets: number[] = [];
    while (this.#lowest < this.pieces && this.#has(this.#lowest)) this.#lowest += 1;
    for (let i = this.#lowest; i < this.pieces && offsets.length < limit; ) {
      if (this.#has(i)) i += 1;
      else {
        offsets.push(i * PIECE);
        i += frame / PIECE;
      }
    }
    return offsets;
  }

  /** Judges a frame that came: true when it brings something new. @throws PerchError WRONG_LENGTH for one that is no whole frame of this object */
  isNew(offset: number, length: number): boolean {
    const whole = length % PIECE === 0 || offset + length === this.length;
    if (offset % PIECE !== 0 || length < 1 || offset + length > this.length || !whole)
      throw new PerchError('WRONG_LENGTH', `${length} bytes at ${offset} are no frame of this object`);
    for (let i = offset / PIECE; i * PIECE < offset + length; i++) if (!this.#has(i)) return true;
    return false;
  }

  /** Marks a frame whose bytes are kept. */
  mark(offset: number, length: number): void {
    for (let i = offset / PIECE; i * PIECE < offset + length; i++) {
      if (this.#has(i)) continue;
      this.#have[i >> 3]! |= 1 << (i & 7);
      this.#count += 1;
    }
  }

  #has(index: number): boolean {
    return (this.#have[index >> 3]! & (1 << (index & 7))) !== 0;
  }
}

/** Largest frame that is asked for: whole pieces within FRAME_LIMIT, and what every broker takes. */
export const FRAME_MOST = 64 * 1024;
if (FRAME_MOST > FRAME_LIMIT || PIECE < FRAME_LEAST)
  throw new RangeError('frames outside the limits of the wire');
