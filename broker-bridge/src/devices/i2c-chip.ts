import type { Static, TObject, TProperties } from '@sinclair/typebox';
import type { Reading, ValueSpec } from './reading.ts';

/**
 * One device on an I2C bus, as a chip's driver sees it. Each call is one transfer that nobody else cuts into; it throws a
 * SensorFault (`nak`, `timeout`, `busy`, `unplugged` and so on) and needs no retry of the driver's own.
 */
export interface I2cDevice {
  /** Its 7-bit address. */
  readonly address: number;
  /** `length` bytes of an 8-bit register (with a repeated start where the adapter has it); exactly so many. */
  read(register: number, length: number): Promise<Uint8Array>;
  /** `length` bytes without naming a register first; exactly so many. */
  receive(length: number): Promise<Uint8Array>;
  write(bytes: readonly number[]): Promise<void>;
  /** Waits, without holding the bus. */
  delay(ms: number): Promise<void>;
  /** Monotonic milliseconds. */
  now(): number;
}

/** A chip that is set up. `read` is never called again before it has settled; nor is `tick`, nor one beside the other. */
export interface OpenChip {
  /** One reading. Throws a SensorFault if there is none at all. */
  read(): Promise<Reading>;
  /** Something to do every so many ms between readings, for chips that want to be asked regularly. */
  tick?: { every: number; run(): Promise<void> };
  /** Puts the chip to rest. The bus is not its own. `delay` rejects from then on: who opens it next does the waiting. */
  close?(): Promise<void>;
}

/** What a chip's id register says, or a command that only it answers; used by `probe` and when a sensor is opened. */
export type Identify = {
  /** "register": reads a register and changes nothing. "command": writes a command, which another chip may misread. */
  by: 'register' | 'command';
  /** True if the device is this chip. May throw: then it is not. */
  is(device: I2cDevice): Promise<boolean>;
};

/** All that Perch knows of one I2C chip. */
export type I2cChip<O extends TProperties = TProperties> = {
  bus: 'i2c';
  /** The name under "driver" in a config. */
  driver: string;
  /** Maker, part and what it measures: "Bosch BME280: temperature, humidity, pressure". */
  title: string;
  /** Document and revision that the numbers come from. */
  datasheet: string;
  /** 7-bit addresses that the part can have, the usual one first. */
  addresses: readonly number[];
  /** How to connect it, in a sentence or two, with what sets the address. */
  wiring: string;
  /** Members of the sensor in the config, beside the common ones. Each has a description. */
  options: O;
  /** The keys of all values that it can give, whatever the options. */
  keys: readonly string[];
  /** What it gives with these options, in a fixed order: the numbers on the wire depend on it. */
  values(options: Static<TObject<O>>): readonly ValueSpec[];
  /** Longest time of one reading with these options, in ms: the sum of its delays and waits. */
  measuring(options: Static<TObject<O>>): number;
  identify?: Identify;
  /** Resets and sets up the chip. Throws a SensorFault; `malformed` if it is another chip. Tried again later. */
  open(device: I2cDevice, options: Static<TObject<O>>): Promise<OpenChip>;
};

/** Gives a chip's literal its types. */
export const i2cChip = <O extends TProperties>(chip: I2cChip<O>): I2cChip<O> => chip;
