import type { DriverName, DriverSensor } from '@perch/broker-bridge/config/drivers.ts';
import type { OpenSensor } from './driver.ts';
import { openI2cMap } from './drivers/i2c-map.ts';
import { openLines } from './drivers/lines.ts';
import { openSysfs } from './drivers/sysfs.ts';

/** How each driver of the config opens a sensor. A new driver is one file in drivers/ and one line here. */
const OPENERS: { [N in DriverName]: OpenSensor<Extract<DriverSensor, { driver: N }>> } = {
  sysfs: openSysfs,
  'i2c-map': openI2cMap,
  lines: openLines,
};

export const openSensor: OpenSensor<DriverSensor> = (sensor, context) =>
  (OPENERS[sensor.driver] as OpenSensor<DriverSensor>)(sensor, context);
