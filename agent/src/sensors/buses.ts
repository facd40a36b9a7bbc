import type { ResolvedBus } from '@perch/broker-bridge/config/schema.ts';
import { I2cBus } from './buses/i2c.ts';
import { SerialBus } from './buses/serial.ts';
import type { SensorEnvironment } from './environment.ts';

export type Bus = I2cBus | SerialBus;
type Entry = { bus: Bus; users: number; closing?: Promise<boolean> };

/** What is opened once: the adapter, however many channels are on it, or the port. */
const keyOf = (bus: ResolvedBus): string => JSON.stringify(bus.type === 'i2c' ? bus.adapter : bus.port);

/** The buses in use, each once however many sensors are on it. A bus closes with its last sensor. */
export class Buses {
  readonly #env: SensorEnvironment;
  readonly #entries = new Map<string, Entry>();

  constructor(env: SensorEnvironment) {
    this.#env = env;
  }

  acquire(wanted: ResolvedBus): Bus {
    const key = keyOf(wanted);
    const known = this.#entries.get(key);
    if (known && !known.closing) {
      known.users += 1;
      return known.bus;
    }
    const bus =
      wanted.type === 'i2c' ? new I2cBus(wanted.adapter, this.#env) : new SerialBus(wanted.port, this.#env);
    this.#entries.set(key, { bus, users: 1 });
    return bus;
  }

  /** Gives a bus back. False if it hangs and was abandoned. */
  async release(bus: ResolvedBus): Promise<boolean> {
    const key = keyOf(bus);
    const entry = this.#entries.get(key);
    if (!entry) return true;
    entry.users -= 1;
    if (entry.users > 0) return true;
    entry.closing = entry.bus.close();
    const closed = await entry.closing;
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    if (!closed) this.#env.log('warn', 'a bus hangs and was abandoned', { bus });
    return closed;
  }
}
