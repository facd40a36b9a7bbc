import type { DriverSpec } from './common.ts';
import { I2C_MAP, type I2cMapSensor } from './driver-i2c-map.ts';
import { LINES, type LinesSensor } from './driver-lines.ts';
import { SYSFS, type SysfsSensor } from './driver-sysfs.ts';

/** Every driver that a config may name, beside its defs. A new driver is one file like these and one line here. */
export const DRIVERS = { sysfs: SYSFS, 'i2c-map': I2C_MAP, lines: LINES } as const;

export type DriverName = keyof typeof DRIVERS;
/** A sensor with one of the drivers above; defs are already filled in (`resolveSensor`). */
export type DriverSensor = SysfsSensor | I2cMapSensor | LinesSensor;

/** The driver of that name, or undefined. */
export const driverSpec = (name: string): DriverSpec<DriverSensor> | undefined =>
  Object.hasOwn(DRIVERS, name) ? (DRIVERS[name as DriverName] as DriverSpec<DriverSensor>) : undefined;
