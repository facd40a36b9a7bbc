import type { DriverSensor } from '@perch/broker-bridge/config/drivers.ts';
import type { Sample } from '../values/sample.ts';
import type { I2cTransfers } from './buses/i2c.ts';
import type { SerialBus } from './buses/serial.ts';
import type { SensorEnvironment } from './environment.ts';

export type { Sample } from '../values/sample.ts';

/** A sensor that is open. `read` is never called again before it has settled. */
export interface OpenedSensor {
  /**
   * One reading. Keys that failed alone are in `errors`; if nothing could be read it throws a SensorFault. Never gives NaN,
   * Infinity, or a number that is older than the source's deadline. With a `deadline`, in ms from now, a driver with many
   * parts gives those it has by then, and `timeout` for the others: what comes later is lost whole.
   */
  read(deadline?: number): Promise<Sample>;
  /** Lets go of what the sensor itself holds; buses are not its own. */
  close(): Promise<void>;
  /** Something to do every so many ms between readings, never beside one. */
  tick?: { every: number; run(): Promise<void> };
  /** Counters for status(), such as lines dropped. */
  counters?(): Record<string, number>;
}

/** What a driver opens a sensor with. */
export type DriverContext = {
  env: SensorEnvironment;
  /** The sensor's bus, of the type that its driver needs. */
  i2c(): I2cTransfers;
  serial(): SerialBus;
  /** Aborted when the sensor is to close: long waits end. */
  signal: AbortSignal;
  /**
   * A source that speaks by itself hands over each sample as it comes, so that filters and aggregates see every one. Its
   * read() then says what holds now.
   */
  heard(sample: Sample): void;
};

/** Opens a sensor, or throws a SensorFault; it is tried again later. */
export type OpenSensor<S extends DriverSensor> = (sensor: S, context: DriverContext) => Promise<OpenedSensor>;
