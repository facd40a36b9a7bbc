import type { Static, TObject, TProperties } from '@sinclair/typebox';
import type { Reading, ValueSpec } from './reading.ts';

/** What a device said: readings of some of its values, or something that is not right. */
export type DeviceMessage = { reading: Reading } | { reason: 'crc' | 'malformed' };

/** Finds messages in a stream of bytes that may begin anywhere and hold anything. Keeps a bounded number of bytes. */
export interface DeviceDecoder {
  /** The messages that these bytes complete, in their order. `now` is in monotonic ms. */
  push(chunk: Uint8Array, now: number): Iterable<DeviceMessage>;
  /** What was collected does not join what comes now. */
  reset(): void;
}

/** A device that speaks by itself. */
export type Speaker = {
  by: 'itself';
  decoder(): DeviceDecoder;
  /** What is sent each time the port was opened, to set the device up. No answer is waited for. */
  greeting?: readonly number[];
  /** Longest pause between two messages that is the device's way, in ms; its bus needs a longer "silence". */
  pause?: number;
};

/**
 * The port of a device that is asked. Each call is one exchange that nobody else cuts into; it throws a SensorFault (`timeout`,
 * `malformed`, `unplugged` and so on).
 */
export interface SerialPort {
  /**
   * Sends a request and gives what `find` finds in the bytes heard since, as soon as it finds it. If the time is up, the fault
   * is `timeout` where nothing came, else what `broken` says of what came.
   */
  ask(
    request: readonly number[],
    find: (heard: Uint8Array) => Uint8Array | undefined,
    broken: (heard: Uint8Array) => 'crc' | 'malformed',
  ): Promise<Uint8Array>;
  /** Sends what is not answered. */
  send(bytes: readonly number[]): Promise<void>;
}

/** A device that answers when it is asked. It has its port for itself. */
export type Answerer = {
  by: 'request';
  /** Sets the device up: before the first reading, and again each time the port was opened anew. */
  setUp?(port: SerialPort): Promise<void>;
  /** One reading. Throws a SensorFault if there is none. */
  read(port: SerialPort): Promise<Reading>;
};

/** Longest wait for the answer of a device that is asked, in ms. */
export const ANSWER_TIMEOUT = 1_000;

/** All that Perch knows of one device on a serial port. */
export type SerialDevice<O extends TProperties = TProperties> = {
  bus: 'serial';
  /** The name under "driver" in a config. */
  driver: string;
  /** Maker, part and what it measures. */
  title: string;
  /** Document and revision that the numbers come from. */
  datasheet: string;
  /** How to connect it, in a sentence or two. */
  wiring: string;
  /** How its bus is usually set. */
  line: {
    baud: number;
    dataBits?: 7 | 8;
    parity?: 'none' | 'even' | 'odd';
    stopBits?: 1 | 2;
  };
  /** Members of the sensor in the config, beside the common ones. Each has a description. */
  options: O;
  /** The keys of all values that it can give, whatever the options. */
  keys: readonly string[];
  /** What it gives with these options, in a fixed order: the numbers on the wire depend on it. */
  values(options: Static<TObject<O>>): readonly ValueSpec[];
  /** Longest time of one reading with these options, in ms. */
  measuring(options: Static<TObject<O>>): number;
  /** How it is talked to with these options. */
  talk(options: Static<TObject<O>>): Speaker | Answerer;
};

/** Gives a device's literal its types. */
export const serialDevice = <O extends TProperties>(device: SerialDevice<O>): SerialDevice<O> => device;
