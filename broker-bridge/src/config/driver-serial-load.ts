import type { SensorFault } from './common.ts';
import { formatDuration } from './duration.ts';
import { readingTime } from './limits.ts';

/** A device that is asked on a line that others share. Times in ms. */
export type AskedUnit = {
  id: string;
  /** Least time of one reading on the line, and how often it is read. */
  needed: number;
  interval: number;
  /** How long its answer is waited for, if the config says so. */
  timeout: number | undefined;
};

/** What the units of one line ask of it together. Readings begin at one time, and only one request is on the line. */
export class LineLoad {
  readonly #units: AskedUnit[] = [];

  /** Faults of one more unit beside those before it. */
  *take(unit: AskedUnit): Generator<SensorFault> {
    const fitted = this.#fits();
    this.#units.push(unit);
    const late = fitted ? this.#tooMuch() : undefined;
    if (late)
      yield {
        path: ['bus'],
        message: late,
        hint: 'a longer "period" or "every", a higher "baud", fields that lie nearer, or a second bus',
      };
    for (const other of this.#units.slice(0, -1))
      for (const [slow, fast] of [
        [unit, other],
        [other, unit],
      ] as const)
        if (slow.timeout !== undefined && slow.timeout > readingTime(fast.interval))
          yield {
            path: ['bus'],
            message: `"${fast.id}" is read each ${formatDuration(fast.interval)}, and has no turn while "${slow.id}" is waited for up to ${formatDuration(slow.timeout)}`,
            hint: `a "timeout" of ${formatDuration(Math.floor(readingTime(fast.interval)))} or less for "${slow.id}", or a bus of its own`,
          };
  }

  #fits(): boolean {
    return this.#tooMuch() === undefined;
  }

  #tooMuch(): string | undefined {
    for (const time of new Set(this.#units.map(({ interval }) => readingTime(interval)))) {
      const asked = this.#units.filter(({ interval }) => readingTime(interval) <= time);
      const needed = Math.ceil(asked.reduce((sum, one) => sum + one.needed, 0));
      if (asked.length > 1 && needed > time)
        return `${asked.map(({ id }) => `"${id}"`).join(', ')} need the line for ${needed} ms to be read once, and ${Math.floor(time)} ms are there`;
    }
    const share = this.#units.reduce((sum, { needed, interval }) => sum + needed / interval, 0);
    return this.#units.length > 1 && share > 1
      ? `the units on this bus need ${Math.ceil(share * 100)} % of the line's time`
      : undefined;
  }
}
