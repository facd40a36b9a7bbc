import { readingTime } from '@perch/broker-bridge/config/limits.ts';
import type { ReasonMap, ValueMap } from '@perch/broker-bridge/protocol/values.ts';

export interface SamplerOptions {
  sample(deadlineMs: number): Promise<{ values: ValueMap; errors: ReasonMap }>;
  taken(sample: { values: ValueMap; errors: ReasonMap }, timestamp: number, per: number): void;
  wallClock(): number; // Unix ms
}

/** Milliseconds until the next multiple of the period on the wall clock, at least a tenth of the period. Pure. */
export function untilNext(wall: number, period: number): number {
  const rest = period - (wall % period);
  return rest < period / 10 ? rest + period : rest;
}

/**
 * Takes a sample at once, then one at each multiple of the period of the wall clock. The waits run on the monotonic
 * clock; samples never overlap, a slow one delays the next.
 */
export class Sampler {
  readonly #o: SamplerOptions;
  #period = 0;
  #timer: NodeJS.Timeout | undefined;
  #generation = 0;
  /** The sample that is being taken, so that the next never overlaps it. */
  #taking: Promise<unknown> = Promise.resolve();

  constructor(options: SamplerOptions) {
    this.#o = options;
  }

  /** Starts, or starts anew with another period; the first sample is taken now. */
  start(period: number): void {
    this.stop();
    this.#period = period;
    void this.#run(this.#generation);
  }

  stop(): void {
    this.#generation += 1;
    clearTimeout(this.#timer);
  }

  async #run(generation: number): Promise<void> {
    const period = this.#period;
    await this.#taking;
    if (generation !== this.#generation) return;
    const taking = this.#o.sample(readingTime(period));
    this.#taking = taking;
    const sample = await taking;
    if (generation !== this.#generation) return;
    const wall = this.#o.wallClock();
    this.#o.taken(sample, Math.round(wall), period);
    this.#timer = setTimeout(() => void this.#run(generation), untilNext(wall, period));
  }
}
