import type { ChipSensor } from '@perch/broker-bridge/config/driver-chip.ts';
import type { SerialSensor } from '@perch/broker-bridge/config/driver-serial.ts';
import {
  CHIP_DRIVERS,
  type DriverSensor,
  type GenericName,
  type GenericSensor,
  isGeneric,
  SERIAL_DRIVERS,
} from '@perch/broker-bridge/config/drivers.ts';
import type { OpenSensor } from './driver.ts';
import { openChip } from './drivers/chip.ts';
import { openFrame } from './drivers/frame.ts';
import { openI2cMap } from './drivers/i2c-map.ts';
import { openLines } from './drivers/lines.ts';
import { openModbus } from './drivers/modbus.ts';
import { openSerialDevice } from './drivers/serial-device.ts';
import { openSysfs } from './drivers/sysfs.ts';
import { SensorFault } from './fault.ts';

/** How each generic driver opens a sensor. A new one is one file in drivers/ and one line here. */
const GENERIC: { [N in GenericName]: OpenSensor<Extract<GenericSensor, { driver: N }>> } = {
  sysfs: openSysfs,
  'i2c-map': openI2cMap,
  lines: openLines,
  frame: openFrame,
  modbus: openModbus,
};

export const openSensor: OpenSensor<DriverSensor> = async (sensor, context) => {
  if (isGeneric(sensor.driver)) return (GENERIC[sensor.driver] as OpenSensor<DriverSensor>)(sensor, context);
  const driver = CHIP_DRIVERS.get(sensor.driver);
  if (driver) return openChip(driver.chip)(sensor as ChipSensor, context);
  const serial = SERIAL_DRIVERS.get(sensor.driver);
  if (serial) return openSerialDevice(serial.device)(sensor as SerialSensor, context);
  throw new SensorFault('unsupported', `there is no driver "${sensor.driver}"`);
};
