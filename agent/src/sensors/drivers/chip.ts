import { type ChipSensor, chipAddress, chosenValues } from '@perch/broker-bridge/config/driver-chip.ts';
import type { I2cChip, I2cDevice } from '@perch/broker-bridge/devices/i2c-chip.ts';
import { Absent, type Reading } from '@perch/broker-bridge/devices/reading.ts';
import { type Sample, SampleBuilder } from '../../values/sample.ts';
import type { I2cTransfers } from '../buses/i2c.ts';
import type { OpenSensor } from '../driver.ts';
import { delayOf, type SensorEnvironment } from '../environment.ts';
import { toFault } from '../fault.ts';

/** One device of a bus, as a chip's driver sees it. */
export function deviceOf(
  bus: I2cTransfers,
  address: number,
  env: SensorEnvironment,
  signal: AbortSignal,
): I2cDevice {
  return {
    address,
    read: (reg, len) => bus.read(address, { reg, width: 1, len }),
    receive: (len) => bus.read(address, { width: 0, len }),
    write: (bytes) => bus.write(address, bytes),
    delay: delayOf(env, signal),
    now: env.now,
  };
}

/** A reading with the sensor's own names and ranges; what is no number of its spec's range is absent. */
export function sampleOf(values: ReturnType<typeof chosenValues>, reading: Reading): Sample {
  const builder = new SampleBuilder();
  for (const { name, key, range } of values) {
    const value = reading[name];
    if (value === undefined) builder.fail(key, 'missing');
    else if (value instanceof Absent) builder.fail(key, value.reason);
    else if (typeof value === 'number') builder.number(key, value, range && { range: [...range] });
    else builder.value(key, value);
  }
  return builder.sample;
}

/** Opens a built-in I2C chip. An answer that is too short for its driver's reckoning is `malformed`. */
export const openChip =
  (chip: I2cChip): OpenSensor<ChipSensor> =>
  async (sensor, context) => {
    const device = deviceOf(context.i2c(), chipAddress(chip, sensor), context.env, context.signal);
    const values = chosenValues(chip.values(sensor), sensor);
    const opened = await chip.open(device, sensor).catch((error) => {
      throw toFault(error, {});
    });
    return {
      read: async () => sampleOf(values, await opened.read()),
      close: async () => opened.close?.(),
      ...(opened.tick ? { tick: opened.tick } : {}),
    };
  };
