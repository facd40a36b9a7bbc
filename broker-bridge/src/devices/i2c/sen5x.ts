import { type TProperties, Type } from '@sinclair/typebox';
import { type I2cChip, type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { type Absent, absent, type ValueSpec } from '../reading.ts';
import { answers, sensirionAsk, sensirionCommand } from '../sensirion.ts';
import {
  ANSWERING,
  askLong,
  DATA_WAIT,
  dataWatch,
  RESET,
  START_UP,
  STATUS,
  STOP,
  textOf,
  wordsAt,
} from '../sensirion-pm.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Commands ("I2C Commands"). */
const START = sensirionCommand(0x0021);
const READ_VALUES = sensirionCommand(0x03c4);
const COMPENSATION = 0x60b2;
const PRODUCT_NAME = sensirionCommand(0xd014);
/** Bits that are set stay so until they are read with this. */
const READ_AND_CLEAR_STATUS = 0xd210;
const ERRORS = STATUS.FAN | STATUS.LASER | STATUS.RHT | STATUS.GAS;
/** How long an error holds once it was read and cleared, in ms: the sensor needs several measurements to find it again. */
const ERROR_HOLD = 5_000;
/** Execution times, in ms. */
const RESETTING = 200;
const NAMING = 50;
const STARTING = 50;
const NAME_WORDS = 16;

type Field = ValueSpec & {
  key: string;
  /** The number in the word is so many times the value. */
  divisor: number;
  signed: boolean;
  /** Status bits with which it is no measurement. */
  fails: number;
};
const mass = (key: string, size: string): Field => ({
  key,
  unit: 'ug/m3',
  range: [0, 1_000],
  about: `mass of particles up to ${size} um`,
  divisor: 10,
  signed: false,
  fails: STATUS.FAN | STATUS.LASER,
});
const PARTICLES = [mass('pm1', '1'), mass('pm25', '2.5'), mass('pm4', '4'), mass('pm10', '10')];
const index = (key: string, about: string): Field => ({
  key,
  unit: '1',
  range: [1, 500],
  about,
  divisor: 10,
  signed: true,
  fails: STATUS.GAS,
});
const AIR: Field[] = [
  {
    key: 'humidity',
    unit: '%',
    range: [0, 100],
    about: 'relative humidity',
    divisor: 100,
    signed: true,
    fails: STATUS.RHT,
  },
  {
    key: 'temperature',
    unit: 'Cel',
    range: [-10, 50],
    about: 'temperature',
    divisor: 200,
    signed: true,
    fails: STATUS.RHT,
  },
  index('vocIndex', 'index of volatile organic compounds, 100 being the average of the last day'),
];
/** In the order of "Read Measured Values", which answers all of them on every part. */
const FIELDS = [...PARTICLES, ...AIR, index('noxIndex', 'index of nitrogen oxides, 1 being none')];

const productName = async (device: I2cDevice): Promise<string> =>
  textOf(await sensirionAsk(device, PRODUCT_NAME, NAMING, NAME_WORDS));

/** The device status, with the errors of the last seconds. */
function statusWatch(device: I2cDevice): () => Promise<number> {
  let errors = 0;
  let until = 0;
  return async () => {
    const status = await askLong(device, READ_AND_CLEAR_STATUS);
    const now = device.now();
    if (now >= until) errors = 0;
    if (status & ERRORS) {
      errors |= status & ERRORS;
      until = now + ERROR_HOLD;
    }
    return status | errors;
  };
}

/** The value of a word: 0xffff and 0x7fff mean unknown, as NOx is in the first seconds. */
function decoded(word: number, { divisor, signed, fails }: Field, status: number): number | Absent {
  if (status & fails) return absent('malformed');
  if (!signed && status & STATUS.CLEANING) return absent('busy');
  if (!signed && status & STATUS.SPEED) return absent('range');
  if (word === (signed ? 0x7fff : 0xffff)) return absent('busy');
  return (signed ? (word << 16) >> 16 : word) / divisor;
}

/**
 * The driver of one part. Words have a CRC each, so that a bad one leaves the others alone; so does a fault of one of the
 * sensors inside ("Device Status Register").
 */
function sen5x<O extends TProperties>(
  part: 'SEN50' | 'SEN54' | 'SEN55',
  measures: string,
  fields: readonly Field[],
  options: O,
): I2cChip<O> {
  const specs = fields.map(
    ({ key, unit, range, about }): ValueSpec => ({ key, unit: unit!, range: range!, about }),
  );
  async function requirePart(device: I2cDevice): Promise<void> {
    const name = await productName(device);
    if (name !== part)
      throw new SensorFault('malformed', `another sensor: its product name is "${name.slice(0, 32)}"`);
  }
  return i2cChip<O>({
    bus: 'i2c',
    driver: part.toLowerCase(),
    title: `Sensirion ${part}: ${measures}`,
    datasheet: 'Sensirion datasheet "Environmental Sensor Node SEN5x"',
    addresses: [0x69],
    wiring:
      '5 V, with data lines of 3.3 V. SEL to ground. At most 100 kHz, short cables. Its address is always 0x69.',
    options,
    keys: fields.map(({ key }) => key),
    values: () => specs,
    measuring: () => DATA_WAIT + 2 * ANSWERING,
    identify: { by: 'command', is: answers(requirePart) },
    async open(device, chosen) {
      await requirePart(device);
      await device.write(RESET);
      await device.delay(RESETTING);
      const { temperatureOffset } = chosen as { temperatureOffset?: number };
      if (temperatureOffset !== undefined) {
        // Offset in 1/200 degC, slope and time constant 0; kept in RAM ("Temperature Compensation").
        const offset = Math.round(temperatureOffset * 200) & 0xffff;
        await device.write(sensirionCommand(COMPENSATION, offset, 0, 0));
        await device.delay(ANSWERING);
      }
      await device.write(START);
      await device.delay(STARTING + START_UP);
      const hasData = dataWatch(device);
      const statusOf = statusWatch(device);
      return {
        async read() {
          if (!(await hasData())) return Object.fromEntries(fields.map(({ key }) => [key, absent('busy')]));
          const status = await statusOf();
          await device.write(READ_VALUES);
          await device.delay(ANSWERING);
          const answer = await device.receive(FIELDS.length * 3);
          const reading: Record<string, number | Absent> = {};
          for (const [at, field] of fields.entries()) {
            const words = wordsAt(answer, at, 1);
            reading[field.key] = words === undefined ? absent('crc') : decoded(words[0]!, field, status);
          }
          return reading;
        },
        close: () => device.write(STOP),
      };
    },
  });
}

const COMPENSATED = {
  temperatureOffset: Type.Optional(
    Type.Number({
      minimum: -20,
      maximum: 20,
      description:
        'degC to add to the temperature inside the sensor, so that humidity is right too: -2.5 in a case that is 2.5 degC too warm',
    }),
  ),
};

export const SEN50 = sen5x('SEN50', 'particulate matter', PARTICLES, {});
export const SEN54 = sen5x(
  'SEN54',
  'particulate matter, humidity, temperature, VOC index',
  [...PARTICLES, ...AIR],
  COMPENSATED,
);
export const SEN55 = sen5x(
  'SEN55',
  'particulate matter, humidity, temperature, VOC and NOx index',
  FIELDS,
  COMPENSATED,
);
