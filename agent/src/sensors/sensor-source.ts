import { itemsOfValue } from '@perch/broker-bridge/config/common.ts';
import type { DriverSensor } from '@perch/broker-bridge/config/drivers.ts';
import { driverSpec } from '@perch/broker-bridge/config/drivers.ts';
import { durationMs } from '@perch/broker-bridge/config/duration.ts';
import { readingTime } from '@perch/broker-bridge/config/limits.ts';
import type { ResolvedBus } from '@perch/broker-bridge/config/schema.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { Pipeline } from '../values/pipeline.ts';
import type { Sample } from '../values/sample.ts';
import type { Buses } from './buses.ts';
import type { SensorEnvironment } from './environment.ts';
import { within } from './gate.ts';
import { SensorSlot, type SlotStatus } from './sensor-slot.ts';

/** `reasons`: readings in which a value was absent, by the reason why. */
export type SensorStatus = SlotStatus & { reasons: Partial<Record<Reason, number>> };

/**
 * One sensor and what becomes of its readings. It is read once a period, or each `every`, or it speaks by itself; each
 * reading goes through the filters, and the period's report is made of all of them.
 */
export class SensorSource {
  readonly #items: ReadonlySet<string>;
  readonly #slot: SensorSlot;
  readonly #pipeline: Pipeline;
  readonly #env: SensorEnvironment;
  readonly #every: number | undefined;
  readonly #keys: readonly string[];
  readonly #reasons = new Map<Reason, number>();
  /** Resolves with the next reading of a sensor that has `every`. */
  #next = Promise.withResolvers<void>();
  /** True if a reading came since the last report. */
  #fresh = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(sensor: DriverSensor, bus: ResolvedBus | undefined, env: SensorEnvironment, buses: Buses) {
    const values = driverSpec(sensor.driver)!.items(sensor);
    this.#keys = values.map(({ key }) => key);
    this.#items = new Set(values.flatMap(itemsOfValue).map(({ key }) => key));
    this.#env = env;
    this.#every = 'every' in sensor && sensor.every !== undefined ? durationMs(sensor.every) : undefined;
    this.#pipeline = new Pipeline(values);
    this.#slot = new SensorSlot(sensor, bus, this.#keys, env, buses, (sample) => this.#feed(sample));
  }

  /** True if the config itself names this item; false for one that was discovered. */
  declares(key: string): boolean {
    return this.#items.has(key);
  }

  /** Begins to open the sensor and, with `every`, to read it. Never rejects. */
  start(): void {
    this.#slot.start();
    if (this.#every === undefined) return;
    void this.#turn(this.#every, this.#env.now());
  }

  /** What a period says of this sensor, by key; `ms` bounds a reading that is taken for it. Never rejects. */
  async report(ms: number): Promise<Sample> {
    if (this.#every !== undefined) {
      // Where readings are as rare as reports, one may be on its way just now.
      if (!this.#fresh)
        await within(this.#next.promise, ms, 'a reading').catch(() => this.#feed(this.#late()));
      this.#fresh = false;
      return this.#pipeline.report();
    }
    const sample = await this.#slot.sample(ms);
    if (this.#slot.streams) {
      this.#count(sample);
      return this.#pipeline.report(sample);
    }
    this.#feed(sample);
    return this.#pipeline.report();
  }

  status(): SensorStatus {
    return { ...this.#slot.status(), reasons: Object.fromEntries(this.#reasons) };
  }

  /** Closes sensor and bus. False if either hangs; it is then left behind. */
  close(): Promise<boolean> {
    this.#closed = true;
    clearTimeout(this.#timer);
    return this.#slot.close();
  }

  /** Reads, and again at the next place of the grid that `begun` and `every` make; a turn that is missed is left out. */
  async #turn(every: number, begun: number): Promise<void> {
    const sample = await this.#slot.sample(readingTime(every));
    if (this.#closed) return;
    this.#feed(sample);
    this.#fresh = true;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
    const passed = this.#env.now() - begun;
    const wait = every - (passed % every);
    this.#timer = setTimeout(() => void this.#turn(every, begun), wait);
    this.#timer.unref();
  }

  #feed(sample: Sample): void {
    this.#count(sample);
    this.#pipeline.feed(sample, this.#env.now());
  }

  #late = (): Sample => ({ values: new Map(), errors: new Map(this.#keys.map((key) => [key, 'timeout'])) });

  #count({ errors }: Sample): void {
    for (const reason of new Set(errors.values()))
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }
}
