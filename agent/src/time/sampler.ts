import { readingTime } from '@perch/broker-bridge/config/limits.ts';
import type { ReasonMap, ValueMap } from '@perch/broker-bridge/protocol/values.ts';
import type { Timers } from '../timers.ts';
import type { Moment } from './clock.ts';
import { isOnTime, nextSlot } from './slots.ts';

/**
 * Longest single wait, in ms. Timers count neither suspends nor steps of the clock, so a long wait is made of pieces, and at the
 * end of each the clock is asked again. It also keeps waits below the 2^31 - 1 ms at which setTimeout fires at once.
 */
export const PIECE_MS = 15_000;

export interface Sample {
  values: ValueMap;
  errors: ReasonMap;
}

export interface SamplerOptions {
  sample(deadlineMs: number): Promise<Sample>;
  /** `moment` is the end of the sample's period, `per` the period in ms. */
  taken(sample: Sample, moment: Moment, per: number): void;
  clock: { now(): Moment };
  timers: Timers;
}

/**
 * Takes a sample at once, then one at each multiple of the period of the clock. Samples never overlap: a slow one delays the
 * next. A slot that was slept through or stepped over is taken once, late, and says the time at which it was taken.
 */
export class Sampler {
  readonly #o: SamplerOptions;
  #period = 0;
  #timer: unknown;
  #generation = 0;
  /** Timestamp of the sample before. */
  #last: number | undefined;
  /** The sample that is being taken, so that the next never overlaps it. */
  #taking: Promise<unknown> = Promise.resolve();

  constructor(options: SamplerOptions) {
    this.#o = options;
  }

  /** Starts, or starts anew with another period in ms; the first sample is taken now. */
  start(period: number): void {
    this.stop();
    this.#period = period;
    void this.#run(this.#generation, undefined);
  }

  stop(): void {
    this.#generation += 1;
    this.#o.timers.clear(this.#timer);
  }

  async #run(generation: number, slot: number | undefined): Promise<void> {
    const period = this.#period;
    await this.#taking;
    if (generation !== this.#generation) return;
    const moment = this.#endOfPeriod(slot);
    const taking = this.#o.sample(readingTime(period));
    this.#taking = taking;
    const sample = await taking;
    if (generation !== this.#generation) return;
    this.#last = moment.timestamp;
    this.#o.taken(sample, moment, period);
    if (generation !== this.#generation) return;
    this.#wait(generation, nextSlot(this.#o.clock.now().timestamp, period, this.#last));
  }

  /** The moment of a sample: its slot when it is on time, so that a series has even steps. */
  #endOfPeriod(slot: number | undefined): Moment {
    const now = this.#o.clock.now();
    if (slot === undefined || !isOnTime(now.timestamp, slot, this.#period)) return now;
    const late = now.timestamp - slot;
    return { ...now, timestamp: slot, sinceBoot: Math.max(0, now.sinceBoot - late) };
  }

  #wait(generation: number, slot: number): void {
    const { clock, timers } = this.#o;
    const now = clock.now().timestamp;
    // A clock that was put back makes an earlier slot the next one.
    const due = Math.min(slot, nextSlot(now, this.#period, this.#last));
    this.#timer = timers.set(
      () => {
        if (generation !== this.#generation) return;
        if (clock.now().timestamp >= due) void this.#run(generation, due);
        else this.#wait(generation, due);
      },
      Math.min(Math.max(1, due - now), PIECE_MS),
    );
  }
}
