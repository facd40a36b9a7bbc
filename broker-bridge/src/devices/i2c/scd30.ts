import { Type } from '@sinclair/typebox';
import { f32be } from '../bytes.ts';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { type Absent, absent } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { answers, sensirionAsk, sensirionCommand } from '../sensirion.ts';

/** Commands (SCD30 interface description, "I2C Protocol"). */
const START_CONTINUOUS = 0x0010;
const INTERVAL = 0x4600;
const DATA_READY = 0x0202;
const READ_MEASUREMENT = 0x0300;
const SELF_CALIBRATION = 0x5306;
const TEMPERATURE_OFFSET = 0x5403;
const ALTITUDE = 0x5102;
const FIRMWARE = 0xd100;
/** From a command to its answer at least 3 ms ("I2C Sequence"); after a write to its memory we give it longer. */
const ANSWER_MS = 5;
const WRITE_MS = 20;
/** Time between measurements in s; 2 is the shortest, and what is set here. */
const INTERVAL_S = 2;
const PATIENCE = { tries: 31, every: 100 };

const ask = (device: I2cDevice, command: number, words: number) =>
  sensirionAsk(device, sensirionCommand(command), ANSWER_MS, words);

/** Two words as a big-endian IEEE 754 number, high word first; NaN and infinities are no values. */
function numberOf(high: number, low: number): number | Absent {
  const value = f32be(Uint8Array.of(high >> 8, high & 0xff, low >> 8, low & 0xff));
  return Number.isFinite(value) ? value : absent('malformed');
}

/**
 * Sensirion SCD30 in continuous measurement. It keeps its settings and goes on measuring after a loss of power by itself, in a
 * memory that wears out: so each is read first, and written only if it differs.
 */
export const SCD30 = i2cChip({
  bus: 'i2c',
  driver: 'scd30',
  title: 'Sensirion SCD30: carbon dioxide, temperature, humidity',
  datasheet: 'Sensirion SCD30 interface description',
  addresses: [0x61],
  wiring:
    '3.3 to 5.5 V, signals of 3.3 V, SEL open or to ground. The address is always 0x61. It stretches the clock: run the bus at 50 kHz or less.',
  options: {
    temperatureOffset: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 20,
        description:
          'by how many degC the sensor warms itself where it is built in, 0 to 20; what it has stored if not given',
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
        maximum: 1400,
        description: 'usual air pressure in hPa, 700 to 1400, to correct CO2; it wins over the altitude',
      }),
    ),
    selfCalibration: Type.Optional(
      Type.Boolean({
        description:
          'true if it has fresh air (400 ppm) every day, from which it calibrates itself; false if not; what it has stored if not given',
      }),
    ),
  },
  keys: ['co2', 'temperature', 'humidity'],
  values: () => [
    { key: 'co2', unit: '[ppm]', range: [0, 40_000], about: 'carbon dioxide' },
    { key: 'temperature', unit: 'Cel', range: [-40, 70], about: 'temperature' },
    { key: 'humidity', unit: '%', range: [0, 100], about: 'relative humidity' },
  ],
  measuring: () => longestWait(PATIENCE) + (PATIENCE.tries + 1) * ANSWER_MS,
  identify: { by: 'command', is: answers((device) => ask(device, FIRMWARE, 1)) },
  async open(device, { temperatureOffset, altitude, ambientPressure, selfCalibration }) {
    const keep = async (command: number, value: number | undefined): Promise<void> => {
      if (value === undefined || (await ask(device, command, 1))[0] === value) return;
      await device.write(sensirionCommand(command, value));
      await device.delay(WRITE_MS);
    };
    await ask(device, FIRMWARE, 1);
    await keep(INTERVAL, INTERVAL_S);
    await keep(TEMPERATURE_OFFSET, temperatureOffset && Math.round(temperatureOffset * 100));
    await keep(ALTITUDE, altitude);
    await keep(SELF_CALIBRATION, selfCalibration === undefined ? undefined : selfCalibration ? 1 : 0);
    // 0 stands for no correction by pressure.
    await device.write(sensirionCommand(START_CONTINUOUS, ambientPressure ?? 0));
    await device.delay(WRITE_MS);
    return {
      async read() {
        await untilReady(device, PATIENCE, async () => (await ask(device, DATA_READY, 1))[0] === 1);
        const words = await ask(device, READ_MEASUREMENT, 6);
        const co2 = numberOf(words[0]!, words[1]!);
        return {
          // No air is without CO2; 0 is what it says before it has a value.
          co2: co2 === 0 ? absent('range') : co2,
          temperature: numberOf(words[2]!, words[3]!),
          humidity: numberOf(words[4]!, words[5]!),
        };
      },
    };
  },
});
