import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import { addSum, type ItemSum, nothing } from './hour-items.ts';

export const AGGREGATES = ['mean', 'min', 'max', 'last', 'sum', 'count'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** An item's points: `t` is where a bucket begins, or when a record was taken; the other lists go with it. */
export interface SeriesColumns {
  name: string;
  unit?: string;
  t: number[]; // Unix ms
  /** Numbers that each point has. */
  n: number[];
  mean?: (number | null)[];
  min?: (number | null)[];
  max?: (number | null)[];
  last?: (Value | null)[];
  sum?: (number | null)[];
  count?: number[];
}

export interface ErrorColumns {
  name: string;
  t: number[]; // Unix ms
  /** Of the last error of each. */
  reason: Reason[];
  /** Errors that each has. */
  n: number[];
}

const CELLS: { readonly [A in Exclude<Aggregate, 'count'>]: (sum: ItemSum) => Value | null } = {
  mean: ({ count, sum }) => (count === 0 ? null : sum / count),
  min: ({ count, min }) => (count === 0 ? null : min),
  max: ({ count, max }) => (count === 0 ? null : max),
  last: ({ last }) => last ?? null,
  sum: ({ count, sum }) => (count === 0 ? null : sum),
};

/** The sums of one item by bucket. */
export class ItemBuckets {
  readonly #sums = new Map<number, ItemSum>();

  /** Adds what a record or an hour has to the bucket that begins at `start`. */
  at(start: number): ItemSum {
    let sum = this.#sums.get(start);
    if (sum === undefined) {
      sum = nothing();
      this.#sums.set(start, sum);
    }
    return sum;
  }

  add(start: number, sum: ItemSum): void {
    addSum(this.at(start), sum);
  }

  #sorted(has: (sum: ItemSum) => boolean): [number, ItemSum][] {
    return [...this.#sums].filter(([, sum]) => has(sum)).sort(([a], [b]) => a - b);
  }

  /** The points that have a value. Texts and truths have no mean, so their last is always told. */
  columns(name: string, unit: string | undefined, asked: readonly Aggregate[]): SeriesColumns {
    const points = this.#sorted(({ last }) => last !== undefined);
    const texts = points.length > 0 && points.every(([, { count }]) => count === 0);
    const told = texts ? new Set<Aggregate>([...asked, 'last']) : new Set(asked);
    const columns: SeriesColumns = {
      name,
      ...(unit === undefined ? {} : { unit }),
      t: points.map(([start]) => start),
      n: points.map(([, { count }]) => count),
    };
    for (const aggregate of told)
      if (aggregate === 'count') columns.count = columns.n;
      else columns[aggregate] = points.map(([, sum]) => CELLS[aggregate](sum)) as never;
    return columns;
  }

  /** The points that have an error; undefined when none has. */
  errors(name: string): ErrorColumns | undefined {
    const points = this.#sorted(({ errors }) => errors > 0);
    if (points.length === 0) return undefined;
    return {
      name,
      t: points.map(([start]) => start),
      reason: points.map(([, { reason }]) => reason!),
      n: points.map(([, { errors }]) => errors),
    };
  }
}
