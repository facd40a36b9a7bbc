import { requireBoard, requireI2c, requireSerialBinding } from './native-modules.ts';
import type { BoardModule, I2cModule, SerialBinding } from './types.ts';

export type { BoardModule, I2cModule, SerialBinding } from './types.ts';

const requireLinux = (what: string): void => {
  if (process.platform !== 'linux')
    throw new Error(`${what} is unsupported on ${process.platform}: Perch reads it on Linux only`);
};

/**
 * The package i2c-bus with its native part, which is loaded at the first call and never before: an agent without I2C
 * sensors does not need it.
 * @throws Error when the native part cannot be loaded, with the reason
 */
export function loadI2c(): I2cModule {
  requireLinux('I2C');
  return requireI2c();
}

/**
 * The serial port binding for `new SerialPortStream({ binding, path, baudRate })`, loaded at the first call.
 * @throws Error when the native part cannot be loaded, with the reason
 */
export function loadSerialBinding(): SerialBinding {
  requireLinux('serial input');
  return requireSerialBinding();
}

/**
 * The native part `board` (board/board.c), loaded at the first call.
 * @throws Error when it cannot be loaded, with the reason; who needs it can do without
 */
export function loadBoard(): BoardModule {
  requireLinux('the native part board');
  return requireBoard();
}
