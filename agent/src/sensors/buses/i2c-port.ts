/**
 * The part that Perch uses of one open bus of the package i2c-bus 5, in its promise form; simulators implement it too.
 * Addresses are 7-bit numbers, `command` is a register number (0..255). A call fails with a Node system error, such as
 * ENXIO or EREMOTEIO when no device answers.
 */
export interface I2cPort {
  i2cRead(address: number, length: number, buffer: Buffer): Promise<{ bytesRead: number; buffer: Buffer }>;
  i2cWrite(
    address: number,
    length: number,
    buffer: Buffer,
  ): Promise<{ bytesWritten: number; buffer: Buffer }>;
  readI2cBlock(
    address: number,
    command: number,
    length: number,
    buffer: Buffer,
  ): Promise<{ bytesRead: number; buffer: Buffer }>;
  close(): Promise<void>;
}

/** The package i2c-bus (it has no types of its own). `busNumber` is the N of /dev/i2c-N. */
export interface I2cModule {
  openPromisified(busNumber: number): Promise<I2cPort>;
}
