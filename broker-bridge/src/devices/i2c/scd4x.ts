import { Type } from '@sinclair/typebox';
import { type I2cDevice, i2cChip, type OpenChip } from '../i2c-chip.ts';
import { absent, type ValueSpec } from '../reading.ts';
import { longestWait, type Patience, untilReady } from '../ready.ts';
import { answers, sensirionAsk, sensirionCommand } from '../sensirion.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Commands and their longest execution times in ms (SCD4x datasheet, "I2C Sensor Commands"). */
const WAKE_UP = { command: 0x36f6, ms: 30 };
const STOP_PERIODIC = { command: 0x3f86, ms: 500 };
const REINIT = { command: 0x3646, ms: 30 };
const SERIAL_NUMBER = { command: 0x3682, ms: 1 };
const TEMPERATURE_OFFSET = { command: 0x241d, ms: 1 };
const ALTITUDE = { command: 0x2427, ms: 1 };
const AMBIENT_PRESSURE = { command: 0xe000, ms: 1 };
const SELF_CALIBRATION = { command: 0x2416, ms: 1 };
const DATA_READY = { command: 0xe4b8, ms: 1 };
const READ_MEASUREMENT = { command: 0xec05, ms: 1 };
const START_PERIODIC = 0x21b1;
const START_LOW_POWER = 0x21ac;
/** Data is ready if any of these bits is set ("get_data_ready_status"). */
const READY = 0x07ff;
/** Time between measurements, and how patiently one is waited for in a reading; 30 s are too long to wait. */
const PERIODIC = { interval: 5_000, patience: { tries: 23, every: 250 } };
const LOW_POWER = { interval: 30_000, patience: { tries: 1, every: 0 } };
/** Without data for so many intervals, the chip does not measure any more. */
const OVERDUE = 1.2;

type Options = {
  temperatureOffset?: number;
  altitude?: number;
  ambientPressure?: number;
  selfCalibration?: boolean;
  lowPower?: boolean;
};

const OPTIONS = {
  temperatureOffset: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 20,
      description:
        'by how many degC the sensor warms itself where it is built in, 0 to 20; what it has stored (4 from the maker) if not given',
    }),
  ),
  altitude: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 3000,
      description: 'metres above sea level, 0 to 3000, to correct CO2; what it has stored if not given',
    }),
  ),
  ambientPressure: Type.Optional(
    Type.Integer({
      minimum: 700,
      maximum: 1200,
      description: 'usual air pressure in hPa, 700 to 1200, to correct CO2; it wins over the altitude',
    }),
  ),
  selfCalibration: Type.Optional(
    Type.Boolean({
      description:
        'true if the room has fresh air (400 ppm) once a week, from which it calibrates itself; false if not; what it has stored if not given',
    }),
  ),
  lowPower: Type.Optional(
    Type.Boolean({
      description:
        'true to measure every 30 s instead of every 5 s, with less current; a reading in between says "busy"',
    }),
  ),
};

const VALUES: readonly ValueSpec[] = [
  { key: 'co2', unit: '[ppm]', range: [0, 40_000], about: 'carbon dioxide' },
  { key: 'temperature', unit: 'Cel', range: [-10, 60], about: 'temperature' },
  { key: 'humidity', unit: '%', range: [0, 100], about: 'relative humidity' },
];

const serialNumber = (device: I2cDevice) =>
  sensirionAsk(device, sensirionCommand(SERIAL_NUMBER.command), SERIAL_NUMBER.ms, 3);

async function isReady(device: I2cDevice): Promise<boolean> {
  const [status] = await sensirionAsk(device, sensirionCommand(DATA_READY.command), DATA_READY.ms, 1);
  return (status! & READY) !== 0;
}

const modeOf = ({ lowPower }: Options) => (lowPower ? LOW_POWER : PERIODIC);
const longest = (options: Options): number => {
  const patience: Patience = modeOf(options).patience;
  return longestWait(patience) + patience.tries * DATA_READY.ms + READ_MEASUREMENT.ms;
};

async function openScd4x(device: I2cDevice, options: Options): Promise<OpenChip> {
  const tell = async ({ command, ms }: { command: number; ms: number }, ...args: number[]): Promise<void> => {
    await device.write(sensirionCommand(command, ...args));
    await device.delay(ms);
  };
  const heard = (told: Promise<void>): Promise<boolean> =>
    told.then(
      () => true,
      (error) => {
        if (error instanceof SensorFault && error.reason === 'nak') return false;
        throw error;
      },
    );
  // "wake_up" is not acknowledged; a chip that is not there is noticed at the next command.
  await heard(tell(WAKE_UP));
  // It may still be measuring from before; but for a few commands it listens only when idle. Nor does it hear anything while it
  // stops, as it does if it was closed just now.
  if (!(await heard(tell(STOP_PERIODIC)))) {
    await device.delay(STOP_PERIODIC.ms);
    await tell(STOP_PERIODIC);
  }
  await tell(REINIT);
  await serialNumber(device);
  const { temperatureOffset, altitude, ambientPressure, selfCalibration, lowPower } = options;
  if (temperatureOffset !== undefined)
    await tell(TEMPERATURE_OFFSET, Math.round((temperatureOffset * 65535) / 175));
  if (altitude !== undefined) await tell(ALTITUDE, altitude);
  if (selfCalibration !== undefined) await tell(SELF_CALIBRATION, selfCalibration ? 1 : 0);
  if (ambientPressure !== undefined) await tell(AMBIENT_PRESSURE, ambientPressure);
  await device.write(sensirionCommand(lowPower ? START_LOW_POWER : START_PERIODIC));

  const { interval, patience } = modeOf(options);
  let lastData = device.now();
  return {
    async read() {
      const overdue = (): boolean => device.now() - lastData > interval * OVERDUE;
      try {
        await untilReady(device, patience, () => isReady(device));
      } catch (error) {
        // Low power: between two measurements there is nothing to tell, and nothing wrong. A chip that lost power never is ready.
        if (!(error instanceof SensorFault) || error.reason !== 'busy' || overdue()) throw error;
        return { co2: absent('busy'), temperature: absent('busy'), humidity: absent('busy') };
      }
      lastData = device.now();
      const [co2, temperature, humidity] = await sensirionAsk(
        device,
        sensirionCommand(READ_MEASUREMENT.command),
        READ_MEASUREMENT.ms,
        3,
      );
      return {
        // No air is without CO2; 0 is what it says before it has a value.
        co2: co2 === 0 ? absent('range') : co2!,
        temperature: -45 + (175 * temperature!) / 65535,
        humidity: (100 * humidity!) / 65535,
      };
    },
    close: () => device.write(sensirionCommand(STOP_PERIODIC.command)),
  };
}

const scd4x = (driver: string, part: string) =>
  i2cChip({
    bus: 'i2c',
    driver,
    title: `Sensirion ${part}: carbon dioxide, temperature, humidity`,
    datasheet: 'Sensirion SCD4x',
    addresses: [0x62],
    wiring: '2.4 to 5.5 V, short lines that stand 205 mA peaks. The address is always 0x62.',
    options: OPTIONS,
    keys: ['co2', 'temperature', 'humidity'],
    values: () => VALUES,
    measuring: longest,
    // While it measures it does not tell its serial number, but whether data is ready.
    identify: { by: 'command', is: answers((device) => serialNumber(device).catch(() => isReady(device))) },
    open: openScd4x,
  });

/**
 * Sensirion SCD40 and SCD41 in periodic measurement. CO2 in ppm as it comes, T = -45 + 175 * raw / 65535 degC,
 * RH = 100 * raw / 65535 % ("read_measurement"). Settings go to its RAM only, so nothing wears out.
 */
export const SCD40 = scd4x('scd40', 'SCD40');
export const SCD41 = scd4x('scd41', 'SCD41');
