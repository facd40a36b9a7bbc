import type { DeclaredValue } from '@perch/broker-bridge/config/common.ts';
import type { Aggregate } from '@perch/broker-bridge/config/filters.ts';
import { ITEMS_LIMIT, type Reason, type Value } from '@perch/broker-bridge/protocol/values.ts';
import { FilterChain } from './filters.ts';
import { type Sample, SampleBuilder, tidy } from './sample.ts';

const LAST: readonly Aggregate[] = ['last'];

/** One key through its filters and over the readings of a period. */
class KeyWindow {
  readonly #chain: FilterChain;
  readonly #aggregates: readonly Aggregate[];
  readonly #key: string;
  /** Why the newest reading gave nothing. */
  #reason: Reason | undefined;
  /** The newest value that passed the filters. */
  #passed: Value | undefined;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #numbers = 0;

  constructor({ key, filters = [], aggregate = LAST as Aggregate[] }: DeclaredValue) {
    this.#key = key;
    this.#chain = new FilterChain(filters);
    this.#aggregates = aggregate;
  }

  take(value: Value, now: number): void {
    const filtered = this.#chain.next(value, now);
    this.#reason = undefined;
    if (filtered === undefined) return;
    const result = typeof filtered === 'number' && filtered !== value ? tidy(filtered) : filtered;
    if (typeof result === 'number' && !Number.isFinite(result)) {
      this.#reason = 'malformed';
      return;
    }
    this.#passed = result;
    this.#count += 1;
    if (typeof result !== 'number') return;
    this.#numbers += 1;
    this.#sum += result;
    this.#min = Math.min(this.#min, result);
    this.#max = Math.max(this.#max, result);
  }

  fail(reason: Reason): void {
    this.#chain.gap();
    this.#reason = reason;
  }

  /**
   * Adds what the period says of the key, and begins the next one. For a source that speaks by itself `held` is the reason that
   * holds now, whatever was heard, or "value" if what it said last still holds.
   */
  report(into: SampleBuilder, held?: Reason | 'value'): void {
    if (held !== undefined && held !== 'value') this.fail(held);
    for (const name of this.#aggregates) {
      const item = this.#aggregates.length === 1 ? this.#key : `${this.#key}_${name}`;
      this.#add(into, item, name, held === 'value');
    }
    this.#count = 0;
    this.#numbers = 0;
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  #add(into: SampleBuilder, item: string, name: Aggregate, holds: boolean): void {
    if (name === 'count') into.value(item, this.#count);
    else if (name !== 'last' && this.#count > 0) {
      if (this.#numbers === 0) into.fail(item, 'unsupported');
      else into.number(item, this.#summary(name));
    } else if (this.#reason !== undefined) into.fail(item, this.#reason);
    else if (name === 'last' && this.#passed !== undefined) {
      // A source that speaks seldom is repeated while it holds, unless a filter says that repeating is not wanted.
      if (this.#count > 0 || (holds && !this.#chain.quiet)) into.value(item, this.#passed);
    }
  }

  #summary(name: Exclude<Aggregate, 'last' | 'count'>): number {
    if (name === 'min') return this.#min;
    if (name === 'max') return this.#max;
    return tidy(name === 'sum' ? this.#sum : this.#sum / this.#numbers);
  }
}

/**
 * From readings to what a period says: filters on each reading, then aggregates over all of them. Keys that were not
 * declared pass as they are. Bounded by ITEMS_LIMIT keys.
 */
export class Pipeline {
  readonly #declared: ReadonlyMap<string, DeclaredValue>;
  readonly #windows = new Map<string, KeyWindow>();
  #fed = new Set<string>();

  constructor(declared: readonly DeclaredValue[]) {
    this.#declared = new Map(declared.map((value) => [value.key, value]));
    for (const value of declared) this.#windows.set(value.key, new KeyWindow(value));
  }

  /** One reading. `now` is monotonic, in ms. */
  feed(sample: Sample, now: number): void {
    for (const [key, value] of sample.values) this.#window(key)?.take(value, now);
    for (const [key, reason] of sample.errors) this.#window(key)?.fail(reason);
  }

  /** What the readings since the last report say. `holds` is given for a source that speaks by itself: what holds now. */
  report(holds?: Sample): Sample {
    const builder = new SampleBuilder();
    if (holds) for (const key of [...holds.values.keys(), ...holds.errors.keys()]) this.#window(key);
    for (const [key, window] of this.#windows) {
      const known = this.#declared.has(key);
      const present = holds ? holds.values.has(key) || holds.errors.has(key) : this.#fed.has(key);
      // A key that a sensor discovered and that is gone is forgotten with it.
      if (!known && !present) this.#windows.delete(key);
      else window.report(builder, holds && (holds.errors.get(key) ?? 'value'));
    }
    this.#fed = new Set();
    return builder.sample;
  }

  #window(key: string): KeyWindow | undefined {
    const known = this.#windows.get(key);
    if (known === undefined && this.#windows.size >= ITEMS_LIMIT) return undefined;
    const window = known ?? new KeyWindow({ key });
    this.#windows.set(key, window);
    this.#fed.add(key);
    return window;
  }
}
