import type { DriverSensor } from '@perch/broker-bridge/config/drivers.ts';
import type { ResolvedBus } from '@perch/broker-bridge/config/schema.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { I2cBus } from './buses/i2c.ts';
import { SerialBus } from './buses/serial.ts';
import type { Buses } from './buses.ts';
import type { OpenedSensor, Sample } from './driver.ts';
import { openSensor } from './drivers.ts';
import type { SensorEnvironment } from './environment.ts';
import { messageOf, SensorFault } from './fault.ts';
import { BackOff, within } from './gate.ts';

/** First and longest pause before a sensor that did not open is tried again, in ms. */
export const RETRY_FIRST = 1_000;
export const RETRY_LAST = 60_000;
/** Readings in a row that give nothing before the sensor is opened anew (it may be another device by now). */
export const FAILURES_LIMIT = 3;
/** Longest closing of a sensor, in ms. */
export const CLOSE_DEADLINE = 2_000;

/** Longest setting up of a sensor, in ms, before it counts as stalled. */
export const START_LIMIT = 60_000;

/** closed: not opened yet; starting: being set up; failed: did not open, is tried again; stalled: a reading has not come back. */
export type SensorState = 'closed' | 'starting' | 'open' | 'failed' | 'stalled';
export type SlotStatus = {
  id: string;
  driver: string;
  state: SensorState;
  /** Why it gave nothing, if the last reading or opening failed as a whole. */
  reason?: Reason;
  /** How long the last good reading took, in ms. */
  readMs?: number;
  counters: Record<string, number>;
};

/** One sensor of the config through its life: opened, read, opened again after failures, closed. */
export class SensorSlot {
  readonly #sensor: DriverSensor;
  readonly #bus: ResolvedBus | undefined;
  readonly #env: SensorEnvironment;
  readonly #buses: Buses;
  readonly #backOff = new BackOff(RETRY_FIRST, RETRY_LAST);
  readonly #counters = { opens: 0, reads: 0, failures: 0, tickFailures: 0 };
  readonly #declared: readonly string[];
  /** Declared keys and those of the last reading: what was discovered and is gone is forgotten. */
  #keys: readonly string[];
  #held: ReturnType<Buses['acquire']> | undefined;
  #behind: ReturnType<I2cBus['behind']> | undefined;
  #opened: OpenedSensor | undefined;
  #opening: Promise<void> | undefined;
  #openingSince = 0;
  #work: Promise<Sample> | undefined;
  #fault: SensorFault | undefined;
  #retryAt = 0;
  #failedInRow = 0;
  readonly #ending = new AbortController();
  readonly #heard: (sample: Sample) => void;
  #ticking: Promise<void> | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #readMs: number | undefined;
  #streams = false;
  /** A good reading that came after its deadline. */
  #ripe: { sample: Sample; at: number } | undefined;
  #late = false;
  #closed = false;

  constructor(
    sensor: DriverSensor,
    bus: ResolvedBus | undefined,
    keys: readonly string[],
    env: SensorEnvironment,
    buses: Buses,
    heard: (sample: Sample) => void,
  ) {
    this.#heard = heard;
    this.#sensor = sensor;
    this.#bus = bus;
    this.#declared = keys;
    this.#keys = keys;
    this.#env = env;
    this.#buses = buses;
  }

  /** True for a source that speaks by itself; its samples went to `heard`, and sample() says what holds. */
  get streams(): boolean {
    return this.#streams;
  }

  /** Begins to open the sensor, so that a source that speaks by itself is heard from now on. Never rejects. */
  start(): void {
    if (this.#opening) return;
    this.#openingSince = this.#env.now();
    this.#opening = this.#open().finally(() => {
      this.#opening = undefined;
    });
  }

  /** A reading with a deadline. Never rejects: a failure is the reason of each key. */
  async sample(ms: number): Promise<Sample> {
    const ripe = this.#ripe;
    this.#ripe = undefined;
    // What came just after the last deadline is new, and was not told yet.
    if (ripe && this.#env.now() - ripe.at <= ms) return ripe.sample;
    if (this.#work)
      return this.#failed(
        this.#starting() ?? new SensorFault('timeout', 'the last reading has not come back'),
      );
    const began = this.#env.now();
    const work = this.#once(began + ms);
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#work = work;
    let missed = false;
    work.then(
      (sample) => {
        if (missed && !this.#closed) this.#ripe = { sample, at: this.#env.now() };
      },
      () => undefined,
    );
    settled.then(() => {
      this.#work = undefined;
      this.#late = false;
    });
    try {
      const sample = await within(
        settled.then(() => work),
        ms,
        `sensor ${this.#sensor.id}`,
      );
      this.#readMs = this.#env.now() - began;
      this.#keys = [...new Set([...this.#declared, ...sample.values.keys(), ...sample.errors.keys()])];
      return sample;
    } catch (error) {
      missed = this.#work === work;
      const starting = missed ? this.#starting() : undefined;
      if (starting) return this.#failed(starting);
      this.#late = missed;
      return this.#failed(error instanceof SensorFault ? error : new SensorFault('io', messageOf(error)));
    }
  }

  status(): SlotStatus {
    const state = this.#state();
    return {
      id: this.#sensor.id,
      driver: this.#sensor.driver,
      state,
      ...(this.#fault ? { reason: this.#fault.reason } : {}),
      ...(this.#readMs === undefined ? {} : { readMs: this.#readMs }),
      counters: { ...this.#opened?.counters?.(), ...this.#counters },
    };
  }

  #state(): SensorState {
    if (this.#late) return 'stalled';
    if (this.#opened) return 'open';
    if (this.#opening) return 'starting';
    return this.#fault ? 'failed' : 'closed';
  }

  /** Closes sensor and bus. False if either hangs; it is then left behind. */
  async close(): Promise<boolean> {
    this.#closed = true;
    this.#ending.abort(new SensorFault('timeout', 'the sensor is closed'));
    const opening = await within(Promise.resolve(this.#opening), CLOSE_DEADLINE, 'opening').then(
      () => true,
      () => false,
    );
    const sensor = await this.#shut();
    const bus = this.#held && this.#bus ? await this.#buses.release(this.#bus) : true;
    this.#held = undefined;
    this.#behind?.leave();
    return opening && sensor && bus;
  }

  /** A device that is still being set up is busy, not late: the fan of a dust sensor takes 30 s. */
  #starting(): SensorFault | undefined {
    return this.#opening && this.#env.now() - this.#openingSince < START_LIMIT
      ? new SensorFault('busy', 'the sensor is starting')
      : undefined;
  }

  #failed(fault: SensorFault): Sample {
    this.#tell(fault);
    return { values: new Map(), errors: new Map(this.#keys.map((key) => [key, fault.reason])) };
  }

  #tell(fault: SensorFault): void {
    if (this.#fault?.reason !== fault.reason)
      this.#env.log('warn', 'sensor gives nothing', {
        sensor: this.#sensor.id,
        reason: fault.reason,
        why: fault.message,
      });
    this.#fault = fault;
  }

  async #once(until: number): Promise<Sample> {
    if (!this.#opened) {
      this.start();
      await this.#opening;
    }
    await this.#ticking;
    const opened = this.#opened;
    if (!opened) throw this.#fault ?? new SensorFault('io', 'the sensor is closed');
    this.#counters.reads += 1;
    try {
      const sample = await opened.read(Math.max(0, until - this.#env.now()));
      this.#failedInRow = 0;
      this.#backOff.reset();
      if (this.#fault) this.#env.log('info', 'sensor answers again', { sensor: this.#sensor.id });
      this.#fault = undefined;
      return sample;
    } catch (error) {
      this.#counters.failures += 1;
      this.#failedInRow += 1;
      if (this.#failedInRow >= FAILURES_LIMIT) {
        this.#failedInRow = 0;
        this.#retryAt = this.#env.now() + this.#backOff.next();
        await this.#shut();
      }
      throw error;
    }
  }

  async #open(): Promise<void> {
    try {
      if (this.#closed || this.#env.now() < this.#retryAt) return;
      const opened = await openSensor(this.#sensor, {
        env: this.#env,
        signal: this.#ending.signal,
        i2c: () => {
          const bus = this.#busOf(I2cBus);
          const channel = this.#bus?.type === 'i2c' ? this.#bus.channel : undefined;
          if (!channel) return bus;
          this.#behind ??= bus.behind(channel);
          return this.#behind;
        },
        serial: () => this.#busOf(SerialBus),
        heard: (sample) => {
          this.#streams = true;
          if (!this.#closed) this.#heard(sample);
        },
      });
      // The device may answer only after the config let go of it.
      if (this.#closed) {
        await opened.close();
        return;
      }
      this.#opened = opened;
      this.#counters.opens += 1;
      if (opened.tick) this.#startTicks(opened, opened.tick);
    } catch (error) {
      if (this.#closed) return;
      this.#retryAt = this.#env.now() + this.#backOff.next();
      this.#tell(error instanceof SensorFault ? error : new SensorFault('io', messageOf(error)));
    }
  }

  /** Ticks between readings and never beside one; one that fails shows in the next reading. */
  #startTicks(opened: OpenedSensor, { every, run }: NonNullable<OpenedSensor['tick']>): void {
    clearInterval(this.#ticker);
    this.#ticker = setInterval(() => {
      if (this.#opened !== opened || this.#work || this.#ticking) return;
      this.#ticking = run()
        .catch(() => {
          this.#counters.tickFailures += 1;
        })
        .finally(() => {
          this.#ticking = undefined;
        });
    }, every);
    this.#ticker.unref();
  }

  #busOf<B extends I2cBus | SerialBus>(type: abstract new (...args: never[]) => B): B {
    if (!this.#bus) throw new SensorFault('unsupported', `sensor ${this.#sensor.id} has no bus`);
    this.#held ??= this.#buses.acquire(this.#bus);
    if (this.#held instanceof type) return this.#held;
    throw new SensorFault('unsupported', `the bus of sensor ${this.#sensor.id} is of another type`);
  }

  async #shut(): Promise<boolean> {
    const opened = this.#opened;
    this.#opened = undefined;
    clearInterval(this.#ticker);
    if (!opened) return true;
    return within(opened.close(), CLOSE_DEADLINE, `sensor ${this.#sensor.id}`).then(
      () => true,
      (error) => {
        this.#env.log('warn', 'a sensor did not close', { sensor: this.#sensor.id, why: messageOf(error) });
        return false;
      },
    );
  }
}
