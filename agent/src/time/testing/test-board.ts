import type { Timers } from '../../timers.ts';
import type { ClockSource } from '../clock-source.ts';

/** A board whose clocks a test turns by hand. Milliseconds. */
export class TestBoard implements ClockSource {
  wallNow: number;
  sinceBootNow: number;
  monotonicNow: number;
  /** ms of real time per ms of the board's: 1 + 20e-6 is a crystal that is 20 ppm slow. */
  drift = 1;
  synchronised = false;
  maxErrorMs: number | undefined = 20;
  /** What time it is, whatever the board believes. */
  truth: number;

  constructor(truth: number, wall = truth) {
    this.truth = truth;
    this.wallNow = wall;
    this.sinceBootNow = 20_000;
    this.monotonicNow = 20_000;
  }

  wall = (): number => this.wallNow;
  sinceBoot = (): number => this.sinceBootNow;
  monotonic = (): number => this.monotonicNow;
  kernel = () => ({
    synchronised: this.synchronised,
    ...(this.maxErrorMs === undefined ? {} : { maxErrorMs: this.maxErrorMs }),
  });

  /** Time goes by: `ms` on the board's oscillator. */
  pass(ms: number): void {
    this.monotonicNow += ms;
    this.suspend(ms);
  }

  /** Time goes by while the board sleeps. */
  suspend(ms: number): void {
    this.sinceBootNow += ms;
    this.wallNow += ms;
    this.truth += ms * this.drift;
  }

  /** Somebody sets the wall clock. */
  set(wall: number): void {
    this.wallNow = wall;
  }

  /** A time server's client sets the clock and keeps it. */
  ntp(): void {
    this.wallNow = this.truth;
    this.synchronised = true;
  }
}

/** Timers that run as a TestBoard's time goes by. As the kernel's, they count neither suspends nor settings of the clock. */
export class TestTimers implements Timers {
  readonly #board: TestBoard;
  #waiting: { run: () => void; at: number }[] = [];
  /** The longest wait that was asked for, in ms. */
  longest = 0;

  constructor(board: TestBoard) {
    this.#board = board;
  }

  set(run: () => void, ms: number): unknown {
    this.longest = Math.max(this.longest, ms);
    const timer = { run, at: this.#board.monotonicNow + ms };
    this.#waiting.push(timer);
    return timer;
  }

  clear(timer: unknown): void {
    this.#waiting = this.#waiting.filter((other) => other !== timer);
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** Lets `ms` go by and runs what is due, each at its time. */
  async advance(ms: number): Promise<void> {
    const until = this.#board.monotonicNow + ms;
    for (;;) {
      await turn();
      const [next] = this.#waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.clear(next);
      this.#board.pass(Math.max(0, next.at - this.#board.monotonicNow));
      next.run();
    }
    this.#board.pass(until - this.#board.monotonicNow);
    await turn();
  }
}

/** Lets promises settle. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
