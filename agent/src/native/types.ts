import type { LinuxBindingInterface } from '@serialport/bindings-cpp';

/** Serial ports of Linux as @serialport/stream wants them: `list()` and `open({ path, baudRate, ... })`. */
export type SerialBinding = LinuxBindingInterface;

/**
 * One open I2C bus of the package i2c-bus, in its promise form. Addresses are 7-bit numbers, `command` is a register
 * number (0..255). A call fails with a Node system error (ENXIO or EREMOTEIO when no device answers).
 */
export type I2cBus = {
  bus(): unknown;
  close(): Promise<void>;
  /** Functionality bits of the adapter. */
  i2cFuncs(): Promise<Readonly<Record<string, boolean>>>;
  scan(startAddress?: number, endAddress?: number): Promise<number[]>;
  /** Plain read of `length` bytes without a register number. */
  i2cRead(address: number, length: number, buffer: Buffer): Promise<{ bytesRead: number; buffer: Buffer }>;
  /** Plain write of `length` bytes without a register number. */
  i2cWrite(
    address: number,
    length: number,
    buffer: Buffer,
  ): Promise<{ bytesWritten: number; buffer: Buffer }>;
  readByte(address: number, command: number): Promise<number>;
  /** 16 bits, little-endian on the wire (SMBus). */
  readWord(address: number, command: number): Promise<number>;
  /** At most 32 bytes. */
  readI2cBlock(
    address: number,
    command: number,
    length: number,
    buffer: Buffer,
  ): Promise<{ bytesRead: number; buffer: Buffer }>;
  receiveByte(address: number): Promise<number>;
  sendByte(address: number, byte: number): Promise<void>;
  writeByte(address: number, command: number, byte: number): Promise<void>;
  writeWord(address: number, command: number, word: number): Promise<void>;
  /** At most 32 bytes. */
  writeI2cBlock(
    address: number,
    command: number,
    length: number,
    buffer: Buffer,
  ): Promise<{ bytesWritten: number; buffer: Buffer }>;
  writeQuick(address: number, bit: 0 | 1): Promise<void>;
};

/** What Perch uses of the package i2c-bus 5 (it has no types of its own). */
export type I2cModule = {
  /** Opens /dev/i2c-<busNumber>. */
  openPromisified(busNumber: number, options?: { forceAccess?: boolean }): Promise<I2cBus>;
};
