import { setImmediate as turn } from 'node:timers/promises';
import type { Timers } from '../../agent/src/timers.ts';
import { type Random, seeded } from '../fuzz/random.ts';

/** Events at one moment, at most: more means a timer that starts itself anew without a pause. */
export const MOMENT_LIMIT = 100_000;
/** Real time that work between two events may take, ms: more means a promise that never settles. */
export const SETTLE_LIMIT_MS = 60_000;
/** Turns of the event loop without work under way, before the next event: promises that nobody tracks end in them. */
const QUIET_TURNS = 4;

export interface VirtualTimeOptions {
  /** Of `random`; 1 by default. */
  seed?: number;
  /** The wall clock at the start, Unix ms. */
  wall?: number;
  /** Awaited after each event, beside what was tracked: such as until a disk is idle. */
  settle?(): Promise<void>;
}

interface Event {
  at: number;
  order: number;
  run(): void;
}

/**
 * A clock that goes from event to event. Between two events real promises (files, databases) settle, so that what takes
 * real time takes no virtual time. The same seed and the same program give the same events, as long as what one event
 * starts does not depend on which of two files the real disk wrote first.
 */
export class VirtualTime implements Timers {
  readonly random: Random;
  readonly seed: number;
  readonly #settle: () => Promise<void>;
  readonly #work = new Set<Promise<unknown>>();
  readonly #events: Event[] = []; // a binary heap, the next one first
  readonly #waiting = new Set<Event>();
  #now = 0;
  #order = 0;
  #wallOffset: number;
  #failure: { error: unknown } | undefined;

  constructor({ seed = 1, wall = 1_760_000_000_000, settle = async () => {} }: VirtualTimeOptions = {}) {
    this.seed = seed;
    this.random = seeded(seed);
    this.#wallOffset = wall;
    this.#settle = settle;
  }

  /** Monotonic ms since the start. Not bound to `this`, as all of these: they can be handed over. */
  readonly now = (): number => this.#now;

  /** Unix ms, whole, as the wall clock shows it. */
  readonly wall = (): number => Math.floor(this.#wallOffset + this.#now);

  /** Sets the wall clock; timers do not care. */
  setWall(unixMs: number): void {
    this.#wallOffset = unixMs - this.#now;
  }

  /** @throws RangeError for a time that is no number */
  set(run: () => void, ms: number): unknown {
    if (!Number.isFinite(ms)) throw new RangeError(`a timer of ${ms} ms`);
    const event = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#waiting.add(event);
    this.#push(event);
    return event;
  }

  clear(timer: unknown): void {
    this.#waiting.delete(timer as Event);
  }

  /** Timers that are set. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** No event comes before this work has ended. Its failure is that of `advance` or `until`. */
  track<T>(work: Promise<T>): Promise<T> {
    const tracked: Promise<unknown> = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
    return work;
  }

  /** Lets happen what needs no virtual time. @throws what tracked work failed with, or Error when it does not end */
  async settle(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const text = `work at ${this.#now} ms did not end within ${SETTLE_LIMIT_MS} ms of real time`;
      timer = setTimeout(() => reject(new Error(text)), SETTLE_LIMIT_MS);
    });
    try {
      await Promise.race([this.#settled(), late]);
    } finally {
      clearTimeout(timer);
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  async #settled(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      while (this.#work.size > 0) {
        await Promise.allSettled(this.#work);
        quiet = 0;
      }
      await this.#settle();
      await turn();
    }
  }

  /** Lets `ms` pass, with all that is due in them. @throws what an event throws, or Error past MOMENT_LIMIT */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#run(end, () => false);
    this.#now = end;
  }

  /**
   * Runs events until a condition holds. @throws Error that names what did not come within `ms` or before all events
   * were over
   */
  async until(what: string, holds: () => boolean, ms: number): Promise<void> {
    const start = this.#now;
    if (await this.#run(start + ms, holds)) return;
    const over = this.#waiting.size === 0 ? ', and nothing is to come any more' : '';
    throw new Error(`${what}: not within ${ms} ms (seed ${this.seed}, from ${start} ms)${over}`);
  }

  async #run(end: number, holds: () => boolean): Promise<boolean> {
    await this.settle();
    for (let atOnce = 0; !holds(); ) {
      const event = this.#next(end);
      if (event === undefined) return false;
      atOnce = event.at === this.#now ? atOnce + 1 : 0;
      if (atOnce >= MOMENT_LIMIT) throw new Error(`more than ${MOMENT_LIMIT} events at ${event.at} ms`);
      this.#now = event.at;
      event.run();
      await this.settle();
    }
    return true;
  }

  #next(end: number): Event | undefined {
    for (let first = this.#events[0]; first !== undefined; first = this.#events[0]) {
      if (this.#waiting.has(first) && first.at > end) return undefined;
      this.#pop();
      if (this.#waiting.delete(first)) return first;
    }
    return undefined;
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && before(event, heap[parent]!); parent = (at - 1) >> 1) {
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/** At the same time, in the order in which they were set. */
const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
