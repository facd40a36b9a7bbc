import { stat } from 'node:fs/promises';
import { durationMs } from '@perch/broker-bridge/config/duration.ts';
import { SILENCE_DEFAULT } from '@perch/broker-bridge/config/limits.ts';
import type { SerialBusConfig } from '@perch/broker-bridge/config/schema.ts';
import { characterTime } from '@perch/broker-bridge/config/serial-line.ts';
import type { Reason } from '@perch/broker-bridge/protocol/values.ts';
import { SerialPortStream } from '@serialport/stream';
import type { SensorEnvironment } from '../environment.ts';
import { messageOf, SensorFault } from '../fault.ts';
import { BackOff, Gate, within } from '../gate.ts';
import { type Exchange, Exchanges } from './serial-exchange.ts';
import { serialPath } from './serial-path.ts';

/** First and longest pause before a port that is gone is opened again, in ms. */
export const SERIAL_REOPEN_FIRST = 250;
export const SERIAL_REOPEN_LAST = 30_000;
/** Longest opening and closing, in ms; after that the port counts as hung and is left alone until it comes back. */
export const SERIAL_OPEN_DEADLINE = 5_000;
export const SERIAL_CLOSE_DEADLINE = 1_500;
/** How often a quiet port is looked at: is its device still the same, has it been silent too long. In ms. */
export const SERIAL_WATCH_INTERVAL = 1_000;

export type SerialListener = {
  bytes(chunk: Uint8Array): void;
  /** The port was opened (again): what was collected before does not join what comes now. */
  opened(): void;
};

/** A port's state; `reason` says why there is no port. */
export type SerialState = { open: true } | { open: false; reason: Reason };

type Port = { stream: SerialPortStream; path: string; identity: string; openedAt: number; heardAt: number };

/** bindings-cpp reports the failures of open() as text only. */
function openReason(message: string): Reason {
  if (/no such (file|device)/i.test(message)) return 'unplugged';
  if (/permission denied/i.test(message)) return 'denied';
  if (/busy|lock|temporarily unavailable/i.test(message)) return 'busy';
  return 'io';
}

const identityOf = async (path: string): Promise<string> => {
  const file = await stat(path).catch(() => undefined);
  return file ? `${file.dev}:${file.ino}:${file.rdev}:${file.birthtimeMs}` : '';
};

/**
 * One serial port. It opens by itself and again after it was unplugged or silent for too long: a port that just says
 * nothing any more is the commonest failure in the field. Bytes go to the listeners as they come, and to the request that
 * waits for its answer.
 */
export class SerialBus {
  /** A source that said nothing for so long is stale, in ms. */
  readonly silence: number;
  readonly #config: SerialBusConfig;
  readonly #env: SensorEnvironment;
  readonly #name: string;
  readonly #gate: Gate;
  readonly #backOff = new BackOff(SERIAL_REOPEN_FIRST, SERIAL_REOPEN_LAST);
  readonly #listeners = new Set<SerialListener>();
  readonly #exchanges: Exchanges;
  readonly #counters = { portOpens: 0, stalls: 0, bytes: 0 };
  #port: Port | undefined;
  #reason: Reason = 'unplugged';
  #told: Reason | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Settles when the port was opened, or tried in vain, for the first time. */
  readonly #firstTry = Promise.withResolvers<void>();
  #closed = false;

  constructor(config: SerialBusConfig, env: SensorEnvironment) {
    this.#config = config;
    this.#env = env;
    this.silence = config.silence === undefined ? SILENCE_DEFAULT : durationMs(config.silence);
    this.#name = config.path ?? config.match?.byId ?? config.match?.usbSerial ?? '';
    this.#gate = new Gate(`serial port ${this.#name}`);
    this.#exchanges = new Exchanges({
      now: env.now,
      ready: () => this.#firstTry.promise,
      closed: () => (this.#port ? undefined : this.#reason),
      write: (bytes) => this.#write(bytes),
      hung: (why) => {
        if (this.#port) this.#drop(this.#port, 'io', why);
      },
      // Looked at between two requests too, since there may never be a time without one.
      unanswered: () => {
        if (this.#port) this.#dropStalled(this.#port);
      },
      sendTime: (count) => count * this.characterTime,
    });
    this.#schedule(0);
  }

  /** Bits per second. */
  get baud(): number {
    return this.#config.baud;
  }

  /** How long one character takes on the line, in ms. */
  get characterTime(): number {
    return characterTime(this.#config);
  }

  get state(): SerialState {
    return this.#port ? { open: true } : { open: false, reason: this.#reason };
  }

  counters(): Record<'portOpens' | 'stalls' | 'bytes' | 'requests' | 'unanswered', number> {
    return { ...this.#counters, ...this.#exchanges.counters };
  }

  /** Hears the port until the returned function is called. */
  listen(listener: SerialListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** True if that device said nothing when it was last asked. */
  isSilent(who: string): boolean {
    return this.#exchanges.isSilent(who);
  }

  /** A request and its answer, after those of others. Rejects with a SensorFault. */
  exchange(exchange: Exchange): Promise<Uint8Array> {
    return this.#exchanges.run(exchange);
  }

  /** Lets go of the port. False if it hangs. */
  async close(): Promise<boolean> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#exchanges.close();
    this.#firstTry.resolve();
    const port = this.#port;
    this.#port = undefined;
    const closed = port
      ? await within(closeStream(port.stream), SERIAL_CLOSE_DEADLINE, 'closing').then(
          () => true,
          () => false,
        )
      : true;
    return (await this.#gate.free(SERIAL_CLOSE_DEADLINE)) && closed;
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void (this.#port ? this.#watch(this.#port) : this.#open()), ms);
    this.#timer.unref();
  }

  async #open(): Promise<void> {
    try {
      await this.#gate.run(() => this.#openStream(), SERIAL_OPEN_DEADLINE);
      this.#schedule(Math.min(SERIAL_WATCH_INTERVAL, this.silence));
    } catch (error) {
      const fault = error instanceof SensorFault ? error : new SensorFault('io', messageOf(error));
      this.#lost(fault.reason, fault.message);
    }
    this.#firstTry.resolve();
  }

  async #openStream(): Promise<void> {
    const binding = await Promise.resolve()
      .then(() => this.#env.loadSerialBinding())
      .catch((error) => {
        throw new SensorFault('unsupported', `serial ports are not available: ${messageOf(error)}`);
      });
    const path = await serialPath(this.#env, this.#config);
    const identity = await identityOf(path);
    if (identity === '') throw new SensorFault('unplugged', `${path} does not exist`);
    if (this.#closed) throw new SensorFault('io', 'the port is closed');
    const stream = new SerialPortStream({
      binding,
      path,
      baudRate: this.#config.baud,
      dataBits: (this.#config.dataBits ?? 8) as 5 | 6 | 7 | 8,
      stopBits: (this.#config.stopBits ?? 1) as 1 | 2,
      parity: this.#config.parity ?? 'none',
      autoOpen: false,
    });
    await new Promise<void>((resolve, reject) => {
      stream.open((error) => {
        if (error) reject(new SensorFault(openReason(error.message), error.message));
        else resolve();
      });
    });
    // It may come back long after its deadline, when nobody wants it any more.
    if (this.#closed) {
      await closeStream(stream);
      return;
    }
    const now = this.#env.now();
    const port: Port = { stream, path, identity, openedAt: now, heardAt: now };
    this.#port = port;
    this.#counters.portOpens += 1;
    stream.on('data', (chunk: Buffer) => this.#hear(port, chunk));
    stream.on('error', (error) => this.#drop(port, 'io', messageOf(error)));
    stream.on('close', () => this.#drop(port, 'unplugged', 'the port closed'));
    for (const listener of this.#listeners) listener.opened();
    if (this.#told !== 'stale') this.#env.log('info', 'serial port open', { port: this.#name });
    if (this.#told !== 'stale') this.#told = undefined;
  }

  #hear(port: Port, chunk: Uint8Array): void {
    if (this.#port !== port) return;
    port.heardAt = this.#env.now();
    this.#backOff.reset();
    this.#counters.bytes += chunk.length;
    this.#exchanges.hear(chunk);
    for (const listener of this.#listeners) listener.bytes(chunk);
  }

  #write(bytes: Uint8Array): Promise<void> {
    const port = this.#port;
    if (!port) return Promise.reject(new SensorFault(this.#reason, 'no port'));
    // Not drained: that waits in the kernel for as long as the line holds the bytes back, and costs a thread.
    return new Promise((resolve, reject) => {
      port.stream.write(Buffer.from(bytes), (error: Error | null | undefined) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  /** How long somebody has been waited for in vain, in ms. A device that only answers is not silent while nobody asks. */
  #silentFor(port: Port): number {
    const now = this.#env.now();
    const { unansweredSince } = this.#exchanges;
    if (this.#listeners.size > 0) return now - port.heardAt;
    return unansweredSince === undefined ? 0 : now - unansweredSince;
  }

  /** Drops a port that was silent for too long. */
  #dropStalled(port: Port): void {
    const silent = this.#silentFor(port);
    if (silent < this.silence) return;
    this.#counters.stalls += 1;
    this.#drop(
      port,
      'stale',
      `silent for ${Math.round(silent)} ms; if that is the way of this device, give its bus a longer "silence"`,
    );
  }

  /** Looks after a quiet port: a device that was replaced under its name, or that stalled, is opened anew. */
  async #watch(port: Port): Promise<void> {
    const quiet = this.#env.now() - port.heardAt;
    this.#dropStalled(port);
    if (this.#port !== port) return;
    if (quiet >= SERIAL_WATCH_INTERVAL) {
      const path = await serialPath(this.#env, this.#config).catch(() => port.path);
      if (this.#port === port && (path !== port.path || (await identityOf(path)) !== port.identity)) {
        this.#drop(port, 'unplugged', 'the device is gone or was replaced');
        return;
      }
    }
    if (this.#port === port) this.#schedule(Math.min(SERIAL_WATCH_INTERVAL, this.silence));
  }

  #drop(port: Port, reason: Reason, why: string): void {
    if (this.#port !== port) return;
    this.#port = undefined;
    this.#exchanges.lost(reason);
    void this.#letGo(port.stream);
    this.#lost(reason, why);
  }

  /** Closes a stream. That holds the gate for as long as it takes, so that no second file is opened while the first hangs. */
  async #letGo(stream: SerialPortStream): Promise<void> {
    // The gate may be shut still by the opening that the port came from.
    if (this.#gate.shut) await this.#gate.free(SERIAL_OPEN_DEADLINE);
    if (this.#gate.shut) await closeStream(stream);
    else await this.#gate.run(() => closeStream(stream), SERIAL_CLOSE_DEADLINE).catch(() => undefined);
  }

  #lost(reason: Reason, why: string): void {
    if (this.#closed) return;
    if (this.#told !== reason) this.#env.log('warn', 'serial port lost', { port: this.#name, reason, why });
    this.#told = reason;
    this.#reason = reason;
    // A device that is merely slow must not be missed for long, so a stall is no reason to wait.
    this.#schedule(reason === 'stale' ? SERIAL_REOPEN_FIRST : this.#backOff.next());
  }
}

/** Settles when the stream is closed; a driver that waits for unsent bytes makes that long. */
function closeStream(stream: SerialPortStream): Promise<void> {
  if (!stream.isOpen) return Promise.resolve();
  return new Promise((resolve) => stream.close(() => resolve()));
}
