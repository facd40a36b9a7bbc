import { EVENT_SIZE } from './uhid.ts';

/**
 * Events of the relay's own (guest/uhid-relay.c), beside the kernel's: a greeting, and that the kernel has let go of the n-th
 * device of this conversation.
 */
const HELLO = 0x70726801;
const GONE = 0x70726802;

/** An event of uhid as the relay carries it: behind its length. */
export function frame(event: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + event.length);
  bytes.writeUInt32LE(event.length, 0);
  bytes.set(event, 4);
  return bytes;
}

/** Begins a conversation; the relay answers with the same number. */
export function encodeHello(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(HELLO, 0);
  bytes.writeUInt32LE(number, 4);
  return bytes;
}

/** What the relay says itself, with its number; undefined for an event of the kernel. */
export function decodeWord(event: Buffer): { type: 'hello' | 'gone'; number: number } | undefined {
  if (event.length !== 8) return undefined;
  const type = event.readUInt32LE(0);
  if (type !== HELLO && type !== GONE) return undefined;
  return { type: type === HELLO ? 'hello' : 'gone', number: event.readUInt32LE(4) };
}

/** How the frame of each Hello begins; its number follows. */
const MARK = frame(encodeHello(0)).subarray(0, 8);
const MARKED = MARK.length + 4;

export type FrameListener = {
  /** An event of the kernel or of the relay. */
  event(event: Buffer): void;
  /** A length that cannot be: what comes is passed over until `seek` finds its Hello. */
  lost(): void;
};

/**
 * Cuts what the relay says into events. What comes before the Hello that is sought may be the rest of an earlier
 * conversation, cut anywhere, and is passed over. It keeps less than one frame.
 */
export class FrameReader {
  readonly #listener: FrameListener;
  #held: Buffer = Buffer.alloc(0);
  #sought: number | undefined;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** Passes over everything until the Hello of that number, but for a Hello 0, which is told. */
  seek(number: number): void {
    this.#sought = number;
  }

  push(chunk: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#sought === undefined ? this.#take() : this.#find(this.#sought));
  }

  #find(sought: number): boolean {
    const at = this.#held.indexOf(MARK);
    if (at < 0) {
      this.#drop(Math.max(0, this.#held.length - MARK.length + 1));
      return false;
    }
    this.#drop(at);
    if (this.#held.length < MARKED) return false;
    const number = this.#held.readUInt32LE(MARK.length);
    if (number === sought) {
      this.#sought = undefined;
      return this.#take();
    }
    const hello = this.#held.subarray(4, MARKED);
    this.#drop(MARKED);
    if (number === 0) this.#listener.event(hello);
    return true;
  }

  #take(): boolean {
    if (this.#held.length < 4) return false;
    const length = this.#held.readUInt32LE(0);
    if (length < 4 || length > EVENT_SIZE) {
      this.#drop(1);
      this.#listener.lost();
      return this.#sought !== undefined;
    }
    if (this.#held.length < 4 + length) return false;
    const event = this.#held.subarray(4, 4 + length);
    this.#drop(4 + length);
    this.#listener.event(event);
    return true;
  }

  #drop(count: number): void {
    this.#held = this.#held.subarray(count);
  }
}
