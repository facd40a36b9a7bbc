import type { Reason } from '../protocol/values.ts';

/** A device that pauses for so long within a frame will not go on with it, in ms. */
export const FRAME_PAUSE = 1_000;
/** So many bytes without a start of a frame among them are reported as one broken message. */
export const GARBAGE_LIMIT = 512;

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
 * by byte, so that a frame that begins inside a broken one is found. Holds one frame at most.
 */
export class FrameDecoder {
  readonly #form: FrameForm;
  readonly #held: Uint8Array;
  #length = 0;
  #garbage = 0;
  #at = 0;

  constructor(form: FrameForm) {
    this.#form = form;
    this.#held = new Uint8Array(form.longest);
  }

  /** What the bytes complete, in their order. `now` is in monotonic ms. A frame is valid until the next call. */
  *push(chunk: Uint8Array, now: number): Generator<FrameFound> {
    if (this.#length > 0 && now - this.#at >= FRAME_PAUSE) {
      // The frame that was under way will not be finished; a whole one may stand inside it.
      yield { reason: 'malformed' };
      this.#drop(1);
      yield* this.#settle(true);
    }
    this.#at = now;
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + this.#held.length - this.#length);
      this.#held.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      yield* this.#settle(false);
    }
  }

  /** What was collected does not join what comes now. */
  reset(): void {
    this.#length = 0;
    this.#garbage = 0;
  }

  /** Takes all that is complete. `last`: what is not complete never will be. */
  *#settle(last: boolean): Generator<FrameFound> {
    for (;;) {
      const skipped = this.#beforeStart();
      this.#garbage += skipped;
      this.#drop(skipped);
      if (this.#garbage >= GARBAGE_LIMIT) {
        this.#garbage = 0;
        yield { reason: 'malformed' };
      }
      if (this.#length === 0) return;
      const { header, longest, length: lengthOf, fault: faultOf } = this.#form;
      const held = this.#held.subarray(0, this.#length);
      const length = held.length < header ? header : lengthOf(held);
      if (length === undefined || length < header || length > longest) {
        yield { reason: 'malformed' };
        this.#drop(1);
      } else if (held.length < header || held.length < length) {
        if (!last) return;
        this.#drop(1);
      } else {
        const frame = held.slice(0, length);
        const reason = faultOf(frame);
        if (reason === undefined) {
          this.#garbage = 0;
          this.#drop(length);
          yield { frame };
        } else {
          yield { reason };
          this.#drop(1);
        }
      }
    }
  }

  /** Bytes before the first place where a frame may begin. */
  #beforeStart(): number {
    for (let at = 0; at < this.#length; at++)
      if (this.#form.starts.some((start) => this.#mayStart(start, at))) return at;
    return this.#length;
  }

  #mayStart(start: readonly number[], at: number): boolean {
    const seen = Math.min(start.length, this.#length - at);
    for (let index = 0; index < seen; index++) if (this.#held[at + index] !== start[index]) return false;
    return true;
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#held.copyWithin(0, count, this.#length);
    this.#length -= count;
  }
}
