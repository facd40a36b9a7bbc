import { durationMs } from '@perch/broker-bridge/config/duration.ts';
import { type Filter, type FilterName, filterName } from '@perch/broker-bridge/config/filters.ts';
import type { Value } from '@perch/broker-bridge/protocol/values.ts';
import { alongPoints } from './points.ts';

/** One filter at work on one value. */
export interface Stage {
  /** What it makes of the next reading; undefined says nothing this time. `now` is monotonic, in ms. */
  next(value: Value, now: number): Value | undefined;
  /** A reading that gave nothing. */
  gap(): void;
}

const NO_GAP = (): void => {};
/** A filter without memory. Text and booleans pass it as they are. */
const plain = (reckon: (value: number) => number): Stage => ({
  next: (value) => (typeof value === 'number' ? reckon(value) : value),
  gap: NO_GAP,
});

/**
 * A filter over the last `size` readings. A reading that gave nothing takes a place, so that after an outage nothing of
 * before is left; it is left out of the reckoning.
 */
function windowed(size: number, reckon: (values: readonly number[]) => number): Stage {
  const held: (number | undefined)[] = [];
  const hold = (value: number | undefined): void => {
    held.push(value);
    if (held.length > size) held.shift();
  };
  return {
    next(value) {
      if (typeof value !== 'number') return value;
      hold(value);
      return reckon(held.filter((one) => one !== undefined));
    },
    gap: () => hold(undefined),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);

/** The change since the reading before. An outage is bridged: nothing of a counter is lost by it. */
function delta(): Stage {
  let before: number | undefined;
  return {
    next(value) {
      if (typeof value !== 'number') return value;
      const change = before === undefined ? undefined : value - before;
      before = value;
      return change;
    },
    gap: NO_GAP,
  };
}

/** Says nothing until the value moved by more than `band`, or `heartbeat` ms have passed. After a gap it speaks at once. */
function deadband(band: number, heartbeat: number): Stage {
  let said: { value: Value; at: number } | undefined;
  const moved = (value: Value): boolean =>
    typeof value === 'number' && typeof said?.value === 'number'
      ? Math.abs(value - said.value) > band
      : value !== said?.value;
  return {
    next(value, now) {
      if (said && !moved(value) && now - said.at < heartbeat) return undefined;
      said = { value, at: now };
      return value;
    },
    gap() {
      said = undefined;
    },
  };
}

/** At most one value in `ms` milliseconds. After a gap it speaks at once. */
function throttle(ms: number): Stage {
  let at: number | undefined;
  return {
    next(value, now) {
      if (at !== undefined && now - at < ms) return undefined;
      at = now;
      return value;
    },
    gap() {
      at = undefined;
    },
  };
}

const STAGES: { [N in FilterName]: (filter: Filter & { [M in N]: NonNullable<Filter[M]> }) => Stage } = {
  offset: ({ offset }) => plain((value) => value + offset),
  scale: ({ scale }) => plain((value) => value * scale),
  calibrate: ({ calibrate: { linear, points } }) =>
    plain(linear ? (value) => value * linear[0] + linear[1] : (value) => alongPoints(points!, value)),
  median: ({ median: size }) => windowed(size, median),
  mean: ({ mean: size }) => windowed(size, mean),
  min: ({ min: size }) => windowed(size, (values) => Math.min(...values)),
  max: ({ max: size }) => windowed(size, (values) => Math.max(...values)),
  delta: () => delta(),
  deadband: ({ deadband: band, heartbeat }) =>
    deadband(band, heartbeat === undefined ? Number.POSITIVE_INFINITY : durationMs(heartbeat)),
  clamp: ({ clamp: [low, high] }) => plain((value) => Math.min(high, Math.max(low, value))),
  round: ({ round: places }) => plain((value) => Number(value.toFixed(places))),
  throttle: ({ throttle: time }) => throttle(durationMs(time)),
};

/** Filters that may say nothing though there was a reading. */
const QUIET: readonly FilterName[] = ['delta', 'deadband', 'throttle'];

/** A value's filters at work, in their order. */
export class FilterChain {
  /** True if a reading may rightly lead to no value. */
  readonly quiet: boolean;
  readonly #stages: readonly Stage[];

  constructor(filters: readonly Filter[]) {
    const named = filters.map((filter) => ({ filter, name: filterName(filter)! }));
    this.quiet = named.some(({ name }) => QUIET.includes(name));
    this.#stages = named.map(({ filter, name }) => STAGES[name](filter as never));
  }

  /** undefined says nothing this time; a number that is not finite goes no further than the filter that made it. */
  next(value: Value, now: number): Value | undefined {
    let current: Value | undefined = value;
    for (const [index, stage] of this.#stages.entries()) {
      current = stage.next(current, now);
      if (current === undefined) return undefined;
      if (typeof current === 'number' && !Number.isFinite(current)) {
        for (const later of this.#stages.slice(index + 1)) later.gap();
        return current;
      }
    }
    return current;
  }

  gap(): void {
    for (const stage of this.#stages) stage.gap();
  }
}
