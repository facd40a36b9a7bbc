import { I2C_CHIPS } from '../devices/i2c/index.ts';
import { SERIAL_DEVICES } from '../devices/serial/index.ts';
import type { DriverSpec } from './common.ts';
import { type ChipSensor, chipDriver } from './driver-chip.ts';
import { FRAME, type FrameSensor } from './driver-frame.ts';
import { I2C_MAP, type I2cMapSensor } from './driver-i2c-map.ts';
import { LINES, type LinesSensor } from './driver-lines.ts';
import { MODBUS, type ModbusSensor } from './driver-modbus.ts';
import { type SerialDriver, type SerialSensor, serialDriver } from './driver-serial.ts';
import { SYSFS, type SysfsSensor } from './driver-sysfs.ts';

/** Drivers that a config teaches a device; no def may have their names. A new one is one file like these and one line here. */
export const GENERIC_DRIVERS = {
  sysfs: SYSFS,
  'i2c-map': I2C_MAP,
  lines: LINES,
  frame: FRAME,
  modbus: MODBUS,
} as const;
export type GenericName = keyof typeof GENERIC_DRIVERS;
export type GenericSensor = SysfsSensor | I2cMapSensor | LinesSensor | FrameSensor | ModbusSensor;

/** Drivers for I2C chips by name (../devices/i2c). A def of the same name wins. */
export const CHIP_DRIVERS: ReadonlyMap<string, ReturnType<typeof chipDriver>> = new Map(
  I2C_CHIPS.map((chip) => [chip.driver, chipDriver(chip)]),
);

/** Drivers for devices on a serial port by name (../devices/serial). A def of the same name wins. */
export const SERIAL_DRIVERS: ReadonlyMap<string, SerialDriver> = new Map(
  SERIAL_DEVICES.map((device) => [device.driver, serialDriver(device)]),
);

/** A sensor with a driver; defs are already filled in (`resolveSensor`). */
export type DriverSensor = GenericSensor | ChipSensor | SerialSensor;

export const isGeneric = (name: string): name is GenericName => Object.hasOwn(GENERIC_DRIVERS, name);

/** The driver of that name, or undefined. */
export const driverSpec = (name: string): DriverSpec<DriverSensor> | undefined =>
  (isGeneric(name) ? GENERIC_DRIVERS[name] : (CHIP_DRIVERS.get(name) ?? SERIAL_DRIVERS.get(name))) as
    | DriverSpec<DriverSensor>
    | undefined;

export const DRIVER_NAMES: readonly string[] = [
  ...Object.keys(GENERIC_DRIVERS),
  ...CHIP_DRIVERS.keys(),
  ...SERIAL_DRIVERS.keys(),
];
