import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import type { RecordRow } from '../store/contract.ts';

/** Items of a board whose latest value is kept: a config's, and some that a config before had. */
export const LATEST_ITEMS_LIMIT = 1_024;
/** A board whose clock is ahead by more than this, in ms, does not know the time. */
export const CLOCK_AHEAD_MS = 600_000;
/** An item is old when records so many periods of it, and so long, after it have nothing of it. */
export const OLD = { periods: 10, ms: 600_000 } as const;

/** What a board said last of an item: a value, or why there is none. */
export interface LatestItem {
  name: string;
  unit?: string;
  value?: Value;
  error?: Reason;
  /** End of the period, Unix ms by the board's clock. */
  at: number;
  /** The period, ms. */
  per: number;
  /** Newer records have had nothing of it for long. */
  old?: true;
}

interface Kept {
  what: Pick<LatestItem, 'value' | 'error'>;
  at: number;
  per: number;
  /** What tells later from earlier. */
  order: number;
}

/** The latest of each item of one board, whatever order its records come in. */
export class LatestItems {
  readonly #items = new Map<string, Kept>();
  #newest: Pick<Kept, 'at' | 'order'> | undefined;

  get size(): number {
    return this.#items.size;
  }

  /** When the newest record was taken, Unix ms; undefined before the first. */
  get at(): number | undefined {
    return this.#newest?.at;
  }

  /** True when the record had an item that was not known. */
  add({ timestamp, per, synchronised, received, values, errors }: RecordRow): boolean {
    // A clock that is not set may say anything, and one that is far ahead is wrong: what they say counts from when it came.
    const order = synchronised && timestamp <= received + CLOCK_AHEAD_MS ? timestamp : received;
    const seen = { at: timestamp, per, order };
    const before = this.#items.size;
    for (const [name, value] of Object.entries(values)) this.#put(name, { what: { value }, ...seen });
    for (const [name, error] of Object.entries(errors)) this.#put(name, { what: { error }, ...seen });
    if (this.#newest === undefined || seen.order >= this.#newest.order) this.#newest = seen;
    return this.#items.size > before;
  }

  #put(name: string, kept: Kept): void {
    const known = this.#items.get(name);
    if (known !== undefined && known.order > kept.order) return;
    // The one heard longest ago is the first of the map.
    this.#items.delete(name);
    this.#items.set(name, kept);
    if (this.#items.size > LATEST_ITEMS_LIMIT) this.#items.delete(this.#items.keys().next().value!);
  }

  /** By name. */
  list(units: ReadonlyMap<string, string>): LatestItem[] {
    const newest = this.#newest?.order ?? 0;
    return [...this.#items]
      .map(([name, { what, at, per, order }]): LatestItem => {
        const unit = units.get(name);
        const old = newest - order > Math.max(OLD.periods * per, OLD.ms);
        return {
          ...{ name, ...what, at, per },
          ...(unit === undefined ? {} : { unit }),
          ...(old ? { old } : {}),
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
