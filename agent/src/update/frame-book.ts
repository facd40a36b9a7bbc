import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { FRAME_DEFAULT, WINDOW_DEFAULT, WINDOW_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';

/** Which frames of an object are here, as a bitmap. Pure: the bytes are elsewhere. */
export class FrameBook {
  readonly length: number;
  readonly frame: number;
  readonly #have: Uint8Array;
  #count = 0;
  #lowest = 0;

  /** `have` is a bitmap of an earlier run; one of the wrong size counts as empty. */
  constructor(length: number, frame: number = FRAME_DEFAULT, have?: Uint8Array) {
    this.length = length;
    this.frame = frame;
    const size = Math.ceil(this.frames / 8);
    this.#have = have?.length === size ? Uint8Array.from(have) : new Uint8Array(size);
    for (let i = 0; i < this.frames; i++) if (this.#has(i)) this.#count += 1;
  }

  get frames(): number {
    return Math.ceil(this.length / this.frame);
  }

  get done(): boolean {
    return this.#count === this.frames;
  }

  get percent(): number {
    return Math.floor((100 * this.#count) / this.frames);
  }

  get bitmap(): Uint8Array {
    return Uint8Array.from(this.#have);
  }

  /** Offsets of the first missing frames. */
  missing(limit: number): number[] {
    const offsets: number[] = [];
    while (this.#lowest < this.frames && this.#has(this.#lowest)) this.#lowest += 1;
    for (let i = this.#lowest; i < this.frames && offsets.length < limit; i++)
      if (!this.#has(i)) offsets.push(i * this.frame);
    return offsets;
  }

  /** Judges a frame that came. @throws PerchError BAD_RANGE for one that is no whole frame of this object */
  isNew(offset: number, length: number): boolean {
    const expected = Math.min(this.frame, this.length - offset);
    if (offset % this.frame !== 0 || offset >= this.length || length !== expected)
      throw new PerchError('BAD_RANGE', `${length} bytes at ${offset} are no frame of this object`);
    return !this.#has(offset / this.frame);
  }

  /** Marks a frame whose bytes are kept. */
  mark(offset: number): void {
    const index = offset / this.frame;
    if (this.#has(index)) return;
    this.#have[index >> 3]! |= 1 << (index & 7);
    this.#count += 1;
  }

  #has(index: number): boolean {
    return (this.#have[index >> 3]! & (1 << (index & 7))) !== 0;
  }
}

/** How many frames to ask for at once: halved when an answer stays out, one more after each full answer. Pure. */
export interface Window {
  size: number;
  timeouts: number; // in a row
}

export const WINDOW_START: Window = { size: WINDOW_DEFAULT, timeouts: 0 };
export const narrower = ({ size, timeouts }: Window): Window => ({
  size: Math.max(1, size >> 1),
  timeouts: timeouts + 1,
});
export const wider = ({ size }: Window): Window => ({ size: Math.min(WINDOW_LIMIT, size + 1), timeouts: 0 });
