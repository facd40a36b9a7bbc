import type { Reason } from '../protocol/values.ts';

/** A device that pauses for so long within a frame will not go on with it, in ms. */
export const FRAME_PAUSE = 1_000;
/** So many bytes without a start of a frame among them are reported as one broken message. */
export const GARBAGE_LIMIT = 512;
/**
 * Bytes in frames with a wrong check that may be looked at for each byte that comes, and what of it may be saved up, in
 * longest frames. Noise that looks like a start at every byte would cost a whole frame's check for each byte.
 */
export const CHECKED_PER_BYTE = 32;
export const CHECKED_SAVED = 64;

/** How a kind of frames looks. */
export type FrameForm = {
  /** What each frame begins with; any of several. */
  starts: readonly (readonly number[])[];
  /** Bytes from the start that `length` wants to see. */
  header: number;
  /** Whole length of the frame, in bytes; undefined if the header cannot be one. */
  length(header: Uint8Array): number | undefined;
  /** Longest frame; longer ones are none. */
  longest: number;
  /** What is wrong with a frame of the right length, or undefined. */
  fault(frame: Uint8Array): 'crc' | 'malformed' | undefined;
};

export type FrameFound = { frame: Uint8Array } | { reason: Extract<Reason, 'crc' | 'malformed'> };

/**
 * Finds frames in a stream of bytes that may begin anywhere and hold anything. What turns out to be no frame is given up byte
 * by byte, so that a frame that begins inside a broken one is found. Holds two frames at most.
 */
export class FrameDecoder {
  readonly #form: FrameForm;
  /** Bytes from #from to #to are held; those before are done with. */
  readonly #bytes: Uint8Array;
  #from = 0;
  #to = 0;
  #garbage = 0;
  #at = 0;
  /** Bytes of frames with a wrong check that may still be looked at. */
  #allowed: number;

  constructor(form: FrameForm) {
    this.#form = form;
    this.#bytes = new Uint8Array(2 * form.longest);
    this.#allowed = CHECKED_SAVED * form.longest;
  }

  /** What the bytes complete, in their order. `now` is in monotonic ms. A frame is valid until the next call. */
  *push(chunk: Uint8Array, now: number): Generator<FrameFound> {
    if (this.#to > this.#from && now - this.#at >= FRAME_PAUSE) {
      // The frame that was under way will not be finished; a whole one may stand inside it.
      yield { reason: 'malformed' };
      this.#from += 1;
      yield* this.#settle(true);
    }
    this.#at = now;
    for (let at = 0; at < chunk.length; ) {
      if (this.#to === this.#bytes.length) this.#moveUp();
      const part = chunk.subarray(at, at + this.#bytes.length - this.#to);
      this.#bytes.set(part, this.#to);
      this.#to += part.length;
      at += part.length;
      this.#allow(part.length * CHECKED_PER_BYTE);
      yield* this.#settle(false);
    }
  }

  /** What was collected does not join what comes now. */
  reset(): void {
    this.#from = 0;
    this.#to = 0;
    this.#garbage = 0;
  }

  /** Makes room behind what is held, which is less than one frame. */
  #moveUp(): void {
    this.#bytes.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
  }

  #allow(bytes: number): void {
    this.#allowed = Math.min(this.#allowed + bytes, CHECKED_SAVED * this.#form.longest);
  }

  /** Takes all that is complete. `last`: what is not complete never will be. */
  *#settle(last: boolean): Generator<FrameFound> {
    for (;;) {
      const start = this.#nextStart();
      this.#garbage += start - this.#from;
      this.#from = start;
      if (this.#garbage >= GARBAGE_LIMIT) {
        this.#garbage = 0;
        yield { reason: 'malformed' };
      }
      const held = this.#to - this.#from;
      if (held === 0) return;
      const { header, longest, length: lengthOf, fault: faultOf } = this.#form;
      const length = held < header ? header : lengthOf(this.#bytes.subarray(this.#from, this.#to));
      if (length === undefined || length < header || length > longest) {
        yield { reason: 'malformed' };
        this.#from += 1;
      } else if (held < header || held < length) {
        if (!last) return;
        this.#from += 1;
      } else if (length > this.#allowed) {
        // Nothing is known of this frame; it counts as what stands between frames.
        this.#garbage += 1;
        this.#from += 1;
      } else {
        const frame = this.#bytes.subarray(this.#from, this.#from + length);
        const reason = faultOf(frame);
        if (reason === undefined) {
          this.#garbage = 0;
          this.#from += length;
          yield { frame: Uint8Array.from(frame) };
        } else {
          this.#allowed -= length;
          this.#from += 1;
          yield { reason };
        }
      }
    }
  }

  /** The first place where a frame may begin; the end of what is held if there is none. */
  #nextStart(): number {
    for (let at = this.#from; at < this.#to; at++)
      if (this.#form.starts.some((start) => this.#mayStart(start, at))) return at;
    return this.#to;
  }

  #mayStart(start: readonly number[], at: number): boolean {
    const seen = Math.min(start.length, this.#to - at);
    for (let index = 0; index < seen; index++) if (this.#bytes[at + index] !== start[index]) return false;
    return true;
  }
}
