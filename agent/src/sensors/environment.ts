import { setTimeout as sleep } from 'node:timers/promises';
import type { BindingInterface } from '@serialport/bindings-cpp';
import type { I2cModule } from './buses/i2c-port.ts';

export type LogLevel = 'debug' | 'info' | 'warn';

/** Everything that sensors take from outside. The composition root fills it in; tests pass temp folders and simulators. */
export type SensorEnvironment = {
  /** Where sysfs is mounted, usually "/sys". */
  sysRoot: string;
  /** Where procfs is mounted, usually "/proc". */
  procRoot: string;
  /** Where device files are; "/dev" if not given. */
  devRoot?: string;
  /** The i2c-bus module. May throw or reject where the native part does not load; its sensors then say "unsupported". */
  loadI2c(): I2cModule | Promise<I2cModule>;
  /** The binding that @serialport/stream drives. May throw or reject like loadI2c. */
  loadSerialBinding(): BindingInterface | Promise<BindingInterface>;
  /** Monotonic milliseconds. */
  now(): number;
  /** Waits between transfers to a device; a real timer if not given. */
  delay?(ms: number): Promise<void>;
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void;
};

/** The real path of a device that a config calls /dev/... */
export const devicePath = (env: Pick<SensorEnvironment, 'devRoot'>, path: string): string =>
  env.devRoot === undefined ? path : path.replace(/^\/dev(?=\/|$)/, env.devRoot);

/** A timer may fire up to 1 ms early (libuv counts in whole ms), and a chip that is asked early says no. */
const TIMER_SLACK = 1;

/** How a driver waits: never shorter than it asks for. Rejects when `signal` says that nobody wants the sensor any more. */
export const delayOf =
  (env: Pick<SensorEnvironment, 'delay'>, signal: AbortSignal) =>
  async (ms: number): Promise<void> => {
    signal.throwIfAborted();
    await (env.delay ? env.delay(ms) : sleep(Math.ceil(ms) + TIMER_SLACK, undefined, { signal }));
  };
