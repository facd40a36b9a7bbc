import { Type } from '@sinclair/typebox';
import { be16, f32be } from '../bytes.ts';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { type Absent, absent } from '../reading.ts';
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
const START = 0x0010;
const READ_VALUES = sensirionCommand(0x0300);
const PRODUCT_TYPE = sensirionCommand(0xd002);
const VERSION = sensirionCommand(0xd100);
const READ_STATUS = 0xd206;
const SPS30_TYPE = '00080000';
/** Formats of "Start Measurement": IEEE 754, or whole numbers of 16 bits since firmware 2.0. */
const FLOAT = 0x0300;
const INTEGER = 0x0500;
/** The first firmware with a status register. */
const STATUS_SINCE = 0x0202;
/** Execution times, in ms. */
const RESETTING = 100;
const STARTING = 20;

const MASS = [0, 1_000] as const;
const NUMBER = [0, 3_000] as const;
/** In the order of "Read Measured Values". */
const VALUES = [
  { key: 'pm1', unit: 'ug/m3', range: MASS, about: 'mass of particles up to 1 um' },
  { key: 'pm25', unit: 'ug/m3', range: MASS, about: 'mass of particles up to 2.5 um' },
  { key: 'pm4', unit: 'ug/m3', range: MASS, about: 'mass of particles up to 4 um' },
  { key: 'pm10', unit: 'ug/m3', range: MASS, about: 'mass of particles up to 10 um' },
  { key: 'n05', unit: '/cm3', range: NUMBER, about: 'number of particles up to 0.5 um' },
  { key: 'n1', unit: '/cm3', range: NUMBER, about: 'number of particles up to 1 um' },
  { key: 'n25', unit: '/cm3', range: NUMBER, about: 'number of particles up to 2.5 um' },
  { key: 'n4', unit: '/cm3', range: NUMBER, about: 'number of particles up to 4 um' },
  { key: 'n10', unit: '/cm3', range: NUMBER, about: 'number of particles up to 10 um' },
  { key: 'typicalSize', unit: 'um', range: [0, 10], about: 'typical size of the particles' },
] as const;

const productType = async (device: I2cDevice): Promise<string> =>
  textOf(await sensirionAsk(device, PRODUCT_TYPE, ANSWERING, 4));

async function requireSps30(device: I2cDevice): Promise<void> {
  const type = await productType(device);
  if (type !== SPS30_TYPE)
    throw new SensorFault('malformed', `another sensor: its product type is "${type.slice(0, 8)}"`);
}

/** Throws if fan or laser failed; true if the fan runs too fast or too slowly. */
async function fanOff(device: I2cDevice): Promise<boolean> {
  const status = await askLong(device, READ_STATUS);
  if (status & STATUS.FAN)
    throw new SensorFault('malformed', 'fan failure: it is switched on but does not turn');
  if (status & STATUS.LASER) throw new SensorFault('malformed', 'laser failure: its current is out of range');
  return (status & STATUS.SPEED) !== 0;
}

/** A value of two words. */
const floatOf = (words: number[]): number => f32be(Uint8Array.from(words.flatMap(be16)));

/**
 * Sensirion SPS30. It measures all the time, once in a second, and cleans its fan each week. Numbers are given only once
 * its start-up time has passed.
 */
export const SPS30 = i2cChip({
  bus: 'i2c',
  driver: 'sps30',
  title: 'Sensirion SPS30: particulate matter',
  datasheet: 'Sensirion datasheet "Particulate Matter Sensor SPS30"',
  addresses: [0x69],
  wiring:
    '5 V, with data lines of 3.3 V. SEL to ground before the power comes, or it speaks UART. At most 100 kHz, short cables. Its address is always 0x69.',
  options: {
    format: Type.Optional(
      Type.Union([Type.Literal('float'), Type.Literal('integer')], {
        description:
          '"float" (the default), or "integer" for whole ug/m3 and shorter transfers (firmware 2.0 and up)',
      }),
    ),
  },
  keys: VALUES.map(({ key }) => key),
  values: () => VALUES,
  measuring: () => DATA_WAIT + 2 * ANSWERING,
  identify: { by: 'command', is: answers(requireSps30) },
  async open(device, { format = 'float' }) {
    await requireSps30(device);
    await device.write(RESET);
    await device.delay(RESETTING);
    const [version] = await sensirionAsk(device, VERSION, ANSWERING, 1);
    const float = format === 'float';
    await device.write(sensirionCommand(START, float ? FLOAT : INTEGER));
    await device.delay(STARTING + START_UP);

    const width = float ? 2 : 1;
    /** Whole numbers give the size in nm. */
    const numberOf = (words: number[], key: string): number =>
      float ? floatOf(words) : key === 'typicalSize' ? words[0]! / 1_000 : words[0]!;
    const hasData = dataWatch(device);
    return {
      async read() {
        if (!(await hasData())) return Object.fromEntries(VALUES.map(({ key }) => [key, absent('busy')]));
        const off = version! >= STATUS_SINCE && (await fanOff(device));
        await device.write(READ_VALUES);
        await device.delay(ANSWERING);
        const answer = await device.receive(VALUES.length * width * 3);
        const reading: Record<string, number | Absent> = {};
        for (const [at, { key }] of VALUES.entries()) {
          const words = wordsAt(answer, at * width, width);
          reading[key] = words === undefined ? absent('crc') : off ? absent('range') : numberOf(words, key);
        }
        return reading;
      },
      close: () => device.write(STOP),
    };
  },
});
