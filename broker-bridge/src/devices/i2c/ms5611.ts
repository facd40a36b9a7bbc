import { Type } from '@sinclair/typebox';
import { u16be, u24be } from '../bytes.ts';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Commands ("Commands"). */
const RESET = 0x1e;
const READ_ADC = 0x00;
const READ_PROM = 0xa0;
const CONVERT_PRESSURE = 0x40;
const CONVERT_TEMPERATURE = 0x50;
const PROM_WORDS = 8;
/** Time in which a reset loads the PROM, in ms ("Reset Sequence"). */
const RELOAD = 2.8;

/** Longest conversion in ms by oversampling ("ADC", conversion time). */
const CONVERSIONS: Readonly<Record<number, number>> = {
  256: 0.6,
  512: 1.17,
  1024: 2.28,
  2048: 4.54,
  4096: 9.04,
};
const OVERSAMPLING = 4096;
/** What the conversion command adds for each doubling of the oversampling. */
const step = (oversampling: number): number => 2 * Math.log2(oversampling / 256);
const converting = (oversampling: number): number => Math.ceil(CONVERSIONS[oversampling]!);

/** CRC-4 over the PROM with its own place zeroed (application note AN520, "Cyclic Redundancy Check"). */
export function promCrc(prom: readonly number[]): number {
  let remainder = 0;
  const bytes = prom.flatMap((word, at) => [word >> 8, at === PROM_WORDS - 1 ? 0 : word & 0xff]);
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++)
      remainder = remainder & 0x8000 ? ((remainder << 1) ^ 0x3000) & 0xffff : (remainder << 1) & 0xffff;
  }
  return remainder >> 12;
}

type Compensated = { temperature: number; pressure: number };

/**
 * Pressure in hPa and temperature in degC of the conversions D1 and D2, in double precision and without the datasheet's
 * roundings ("Pressure and Temperature Calculation", "Second Order Temperature Compensation").
 */
export function compensate(prom: readonly number[], d1: number, d2: number): Compensated {
  const [, c1, c2, c3, c4, c5, c6] = prom as readonly [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const dT = d2 - c5 * 2 ** 8;
  let temperature = 2_000 + (dT * c6) / 2 ** 23;
  let offset = c2 * 2 ** 16 + (c4 * dT) / 2 ** 7;
  let sensitivity = c1 * 2 ** 15 + (c3 * dT) / 2 ** 8;
  if (temperature < 2_000) {
    const below = (temperature - 2_000) ** 2;
    let offset2 = (5 * below) / 2;
    let sensitivity2 = (5 * below) / 4;
    if (temperature < -1_500) {
      const cold = (temperature + 1_500) ** 2;
      offset2 += 7 * cold;
      sensitivity2 += (11 * cold) / 2;
    }
    temperature -= dT ** 2 / 2 ** 31;
    offset -= offset2;
    sensitivity -= sensitivity2;
  }
  const pressure = ((d1 * sensitivity) / 2 ** 21 - offset) / 2 ** 15;
  return { temperature: temperature / 100, pressure: pressure / 100 };
}

/** The factory's coefficients, read word by word; the last word carries their CRC. */
async function readProm(device: I2cDevice): Promise<number[]> {
  const prom: number[] = [];
  for (let at = 0; at < PROM_WORDS; at++) prom.push(u16be(await device.read(READ_PROM + 2 * at, 2)));
  // All zeros have a right CRC, but are no coefficients; nor are lines that are stuck high.
  if (prom.slice(1, 7).some((word) => word === 0 || word === 0xffff))
    throw new SensorFault('malformed', 'another chip: it has no calibration');
  if (promCrc(prom) !== (prom[PROM_WORDS - 1]! & 0x0f))
    throw new SensorFault('crc', 'the checksum of its calibration is wrong');
  return prom;
}

/**
 * TE Connectivity MS5611. The calibration is read before every reading, since the chip has no id: another MS5611 in its
 * place has other coefficients.
 */
export const MS5611 = i2cChip({
  bus: 'i2c',
  driver: 'ms5611',
  title: 'TE Connectivity MS5611-01BA03: barometric pressure, temperature',
  datasheet: 'TE Connectivity MS5611-01BA03, with application note AN520',
  addresses: [0x77, 0x76],
  wiring: '1.8 V to 3.6 V; PS to VDD for I2C. CSB to ground gives 0x77, to VDD 0x76.',
  options: {
    oversampling: Type.Optional(
      Type.Union(
        Object.keys(CONVERSIONS).map((count) => Type.Literal(Number(count))),
        { description: 'oversampling: 256, 512, 1024, 2048 or 4096 (the default, with the least noise)' },
      ),
    ),
  },
  keys: ['pressure', 'temperature'],
  values: () => [
    {
      key: 'pressure',
      unit: 'hPa',
      range: [10, 1_200],
      about: 'barometric pressure, not reduced to sea level',
    },
    { key: 'temperature', unit: 'Cel', range: [-40, 85], about: 'temperature of the sensor' },
  ],
  measuring: ({ oversampling = OVERSAMPLING }) => 2 * converting(oversampling),
  async open(device, { oversampling = OVERSAMPLING }) {
    await device.write([RESET]);
    await device.delay(Math.ceil(RELOAD));
    await readProm(device);

    async function convert(command: number): Promise<number> {
      await device.write([command + step(oversampling)]);
      await device.delay(converting(oversampling));
      const result = u24be(await device.read(READ_ADC, 3));
      // "If the conversion is not executed before the ADC read command ... it will give 0 as the output result".
      if (result === 0) throw new SensorFault('busy', 'its conversion gave 0: it was not done');
      return result;
    }
    return {
      async read() {
        const prom = await readProm(device);
        const d1 = await convert(CONVERT_PRESSURE);
        const d2 = await convert(CONVERT_TEMPERATURE);
        return compensate(prom, d1, d2);
      },
    };
  },
});
