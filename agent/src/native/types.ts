import type { LinuxBindingInterface } from '@serialport/bindings-cpp';

export type { I2cModule } from '../sensors/buses/i2c-port.ts';

/** Serial ports of Linux as @serialport/stream wants them: `list()` and `open({ path, baudRate, ... })`. */
export type SerialBinding = LinuxBindingInterface;
