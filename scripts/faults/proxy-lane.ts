import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../fuzz/random.ts';
import { MqttFrames, type Unit } from './mqtt-frames.ts';

/** Bytes that wait in one direction of one connection; above it the sender is not read any more. */
export const QUEUE_LIMIT = 256 * 1024;
/** A packet that goes behind the next one goes by itself after this, ms. */
export const REORDER_HOLD_MS = 500;
/** A throttled lane sends in steps of this, ms. */
const STEP_MS = 50;

/** What happens to one direction. Chances are in [0, 1], for each packet. */
export interface LaneFaults {
  /** The connection ends instead of carrying the packet. */
  cut?: number;
  /** The connection ends inside the packet. */
  truncate?: number;
  /** Time on the way, ms. The order stays. */
  delay?: { least: number; most: number };
  /** A PUBLISH goes twice. */
  repeat?: number;
  /** A PUBLISH goes behind the next one. */
  reorder?: number;
  /** Bytes per second. */
  throttle?: number;
  /** Nothing goes on, nor the end of the connection, until this is false again. */
  blackhole?: boolean;
}

export type LaneCount =
  | 'packets'
  | 'bytes'
  | 'cut'
  | 'truncated'
  | 'delayed'
  | 'repeated'
  | 'reordered'
  | 'oversize';

export interface LaneOptions {
  from: Socket;
  to: Socket;
  random: Random;
  /** As they are now. */
  faults(): LaneFaults;
  /** Resolves when the faults change. */
  changed(): Promise<void>;
  count(what: LaneCount, by?: number): void;
  /** Aborts when the connection is over. */
  signal: AbortSignal;
  /** Ends the connection at once, both ways. */
  destroy(): void;
  /** False for bytes that are no MQTT in the clear, such as TLS: then each chunk is taken for a packet that is no PUBLISH. */
  packets: boolean;
}

interface Piece {
  bytes: Buffer;
  due: number;
  /** The connection ends after `bytes`. */
  last: boolean;
}

/** One direction of one connection. */
export class ProxyLane {
  readonly #o: LaneOptions;
  readonly #frames = new MqttFrames();
  readonly #queue: Piece[] = [];
  #queued = 0;
  #due = 0;
  #held: Unit | undefined;
  #holdTimer: NodeJS.Timeout | undefined;
  #ended = false;
  #wake = (): void => {};

  constructor(options: LaneOptions) {
    this.#o = options;
    const { from, to, signal } = options;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => {
      this.#release();
      const { rest } = this.#frames;
      if (rest.length > 0) this.#add(rest, false);
      this.#ended = true;
      this.#wake();
    });
    to.on('drain', () => this.#wake());
    signal.addEventListener('abort', () => {
      clearTimeout(this.#holdTimer);
      this.#wake();
    });
    this.#pump().catch((error: unknown) => {
      if (!signal.aborted) options.destroy();
      if ((error as Error).name !== 'AbortError') throw error;
    });
  }

  #take(chunk: Buffer): void {
    if (!this.#o.packets) return this.#pass({ bytes: chunk, kind: 'other' });
    try {
      for (const unit of this.#frames.push(chunk)) this.#pass(unit);
    } catch {
      this.#o.count('oversize');
      this.#o.destroy();
    }
  }

  /** Decides what becomes of a packet. All is drawn for each, so that one chance that is changed leaves the others' fate. */
  #pass(unit: Unit): void {
    const { random, count } = this.#o;
    const faults = this.#o.faults();
    const happens = (chance = 0): boolean => random.next() < chance;
    const [cut, truncated, repeated, reordered] = [
      happens(faults.cut),
      happens(faults.truncate),
      happens(faults.repeat),
      happens(faults.reorder),
    ];
    const place = random.below(unit.bytes.length - 1) + 1;
    count('packets');
    if (cut || (truncated && unit.bytes.length > 1)) {
      count(cut ? 'cut' : 'truncated');
      this.#add(cut ? Buffer.alloc(0) : unit.bytes.subarray(0, place), true);
      return;
    }
    if (unit.kind === 'disconnect') this.#release();
    if (unit.kind !== 'publish') return this.#add(unit.bytes, false);
    if (reordered && this.#held === undefined) {
      count('reordered');
      this.#held = unit;
      this.#holdTimer = setTimeout(() => this.#release(), REORDER_HOLD_MS);
      return;
    }
    this.#add(unit.bytes, false);
    if (repeated) {
      count('repeated');
      this.#add(unit.bytes, false);
    }
    this.#release();
  }

  #release(): void {
    clearTimeout(this.#holdTimer);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#add(held.bytes, false);
  }

  #add(bytes: Buffer, last: boolean): void {
    const { random, count, from } = this.#o;
    const { delay } = this.#o.faults();
    const way = delay === undefined ? 0 : delay.least + random.next() * (delay.most - delay.least);
    if (way > 0) count('delayed');
    this.#due = Math.max(this.#due, performance.now() + way);
    this.#queue.push({ bytes, due: this.#due, last });
    this.#queued += bytes.length;
    if (this.#queued > QUEUE_LIMIT) from.pause();
    this.#wake();
  }

  /** Sends what is due, one piece at a time, until the connection is over. */
  async #pump(): Promise<void> {
    const { to, from, signal } = this.#o;
    while (!signal.aborted) {
      const piece = this.#queue[0];
      if (piece === undefined && !this.#ended) {
        await this.#woken();
        continue;
      }
      await this.#open();
      if (piece === undefined) {
        to.end();
        return;
      }
      const wait = piece.due - performance.now();
      if (wait > 0) await sleep(wait, undefined, { signal });
      await this.#send(piece.bytes);
      if (piece.last) {
        // What was sent is to arrive before the end does.
        if (piece.bytes.length > 0) await new Promise<void>((resolve) => to.end(resolve));
        this.#o.destroy();
        return;
      }
      this.#queue.shift();
      this.#queued -= piece.bytes.length;
      if (this.#queued <= QUEUE_LIMIT && from.isPaused()) from.resume();
    }
  }

  async #send(bytes: Buffer): Promise<void> {
    const { to, signal, count } = this.#o;
    for (let at = 0; at < bytes.length; ) {
      await this.#open();
      if (signal.aborted) return;
      const { throttle } = this.#o.faults();
      const step =
        throttle === undefined ? bytes.length : Math.max(1, Math.round((throttle * STEP_MS) / 1000));
      const some = bytes.subarray(at, at + step);
      at += some.length;
      count('bytes', some.length);
      const room = to.write(some);
      if (throttle !== undefined) await sleep((some.length / throttle) * 1000, undefined, { signal });
      while (!room && to.writableNeedDrain && !signal.aborted) await this.#woken();
    }
  }

  /** Resolves when no black hole is there. */
  async #open(): Promise<void> {
    while (this.#o.faults().blackhole === true && !this.#o.signal.aborted)
      await Promise.race([this.#o.changed(), this.#woken()]);
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
