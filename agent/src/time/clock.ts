import type { ClockSource } from './clock-source.ts';
import { better, errorAt, fromAnswer, isPlausible, type Reference } from './reference.ts';

/** A time that can be off by more than this counts as not synchronised, in ms. At DRIFT_BOUND that is 13 hours without a word. */
export const SYNCHRONISED_WITHIN_MS = 5_000;
/** The server is asked for its time again when what is known can be off by more than this, in ms: after 80 minutes. */
export const RETELL_ABOVE_MS = 500;
/** A kernel that says it is synchronised and differs from the server by more than this is noted, in ms. */
export const DISAGREE_MS = 5_000;
/** A boot's offset that moved by more than this is told anew, in ms. */
export const OFFSET_MOVED_MS = 1_000;

/** One look at the clock. */
export interface Moment {
  /** Unix ms, whole. */
  timestamp: number;
  /** `timestamp` can be believed. */
  synchronised: boolean;
  /** ms since the boot, whole. */
  sinceBoot: number;
}

export type SynchronisedBy = 'kernel' | 'server' | 'none';

export interface ClockMetrics {
  synchronisedBy: SynchronisedBy;
  /** The board's wall clock minus the server's, in ms; absent until the server told its time. */
  serverOffsetMs?: number;
  /** How far off `serverOffsetMs` can be, in ms. */
  serverErrorMs?: number;
  /** Greatest error the kernel reckons with, in ms; absent without the native part. */
  kernelMaxErrorMs?: number;
}

export interface ClockEvents {
  /**
   * This boot's offset (Unix ms at the boot's zero) is known now, or is known better. Rare: it may be written to disk. Told in a
   * microtask, so that who only asks for the time is never called back in the middle of what it does.
   */
  offsetKnown?(offset: number): void;
  note?(text: string): void;
}

interface Look {
  by: SynchronisedBy;
  wall: number;
  sinceBoot: number;
  /** What carries the time on, undefined while the wall clock does. By 'none' it is too old to be believed. */
  carried: Reference | undefined;
  kernelMaxErrorMs: number | undefined;
}

/**
 * The time of records. While the kernel says that a time server's client disciplines its clock, that clock is believed. Else what
 * the server told, or the kernel while it still was synchronised, carried on by the time since the boot: nobody can set that, so a
 * clock that is set by hand or comes from a wrong RTC does no harm. Else the wall clock, and `synchronised` is false.
 */
export class Clock {
  readonly #source: ClockSource;
  readonly #events: ClockEvents;
  #server: Reference | undefined;
  #kernel: Reference | undefined;
  #offset: number | undefined;
  #disagrees = false;

  constructor(source: ClockSource, events: ClockEvents = {}) {
    this.#source = source;
    this.#events = events;
  }

  now(): Moment {
    const { by, wall, sinceBoot, carried } = this.#look();
    if (by === 'kernel' && carried === undefined) this.#compare(wall - sinceBoot, sinceBoot);
    // A reference that drift made uncertain is still the better guess.
    const offset = carried === undefined ? wall - sinceBoot : carried.offset;
    if (by !== 'none') this.#know(offset);
    return {
      timestamp: Math.max(0, Math.round(offset + sinceBoot)),
      synchronised: by !== 'none',
      sinceBoot: Math.max(0, Math.round(sinceBoot)),
    };
  }

  /**
   * The server told its time, in Hello or OK.
   * @param serverTime Unix ms
   * @param roundTrip ms from the request to the answer, on the boot's clock (`now().sinceBoot`): a suspend between them counts
   */
  tell(serverTime: number, roundTrip: number): void {
    const told = fromAnswer(serverTime, roundTrip, this.#source.sinceBoot());
    if (told === undefined) return;
    this.#server = better(this.#server, told);
    this.now();
  }

  /** The server should tell its time with its next OK: no one else does, and what is known is nothing or has grown old. */
  get timeless(): boolean {
    const { by, carried, sinceBoot } = this.#look();
    if (carried === undefined) return by === 'none';
    return errorAt(carried, sinceBoot) > RETELL_ABOVE_MS;
  }

  /** Unix ms at this boot's zero, as `offsetKnown` told it last; undefined as long as nobody knows. */
  get offset(): number | undefined {
    return this.#offset;
  }

  /** ms on a clock that never goes back, for deadlines; suspends are not counted. */
  monotonic(): number {
    return this.#source.monotonic();
  }

  metrics(): ClockMetrics {
    const { by, wall, sinceBoot, kernelMaxErrorMs } = this.#look();
    const server = this.#server;
    return {
      synchronisedBy: by,
      ...(server === undefined
        ? {}
        : {
            serverOffsetMs: Math.round(wall - sinceBoot - server.offset),
            serverErrorMs: Math.round(errorAt(server, sinceBoot)),
          }),
      ...(kernelMaxErrorMs === undefined ? {} : { kernelMaxErrorMs }),
    };
  }

  #look(): Look {
    const wall = this.#source.wall();
    const sinceBoot = this.#source.sinceBoot();
    const { synchronised, maxErrorMs } = this.#source.kernel();
    const look = { wall, sinceBoot, kernelMaxErrorMs: maxErrorMs };
    if (synchronised && isPlausible(wall)) {
      if (maxErrorMs !== undefined)
        this.#kernel = better(this.#kernel, { offset: wall - sinceBoot, error: maxErrorMs, at: sinceBoot });
      return { ...look, by: 'kernel', carried: undefined };
    }
    const [server, kernel] = [this.#server, this.#kernel];
    const error = (reference: Reference | undefined) =>
      reference === undefined ? Number.POSITIVE_INFINITY : errorAt(reference, sinceBoot);
    const carried = error(kernel) < error(server) ? kernel : server;
    if (error(carried) > SYNCHRONISED_WITHIN_MS) return { ...look, by: 'none', carried };
    return { ...look, by: carried === kernel ? 'kernel' : 'server', carried };
  }

  #know(offset: number): void {
    if (this.#offset !== undefined && Math.abs(offset - this.#offset) <= OFFSET_MOVED_MS) return;
    this.#offset = offset;
    queueMicrotask(() => this.#events.offsetKnown?.(offset));
  }

  /** The kernel is believed: its time server is the nearer one. But a person should hear of it, once. */
  #compare(kernelOffset: number, sinceBoot: number): void {
    if (this.#server === undefined) return;
    const apart = kernelOffset - this.#server.offset;
    const disagrees = Math.abs(apart) > DISAGREE_MS + errorAt(this.#server, sinceBoot);
    if (disagrees && !this.#disagrees)
      this.#events.note?.(
        `the board's clock is synchronised and ${(apart / 1e3).toFixed(1)} s off the server's: the time server of one of them is wrong`,
      );
    this.#disagrees = disagrees;
  }
}
