import { Type } from '@sinclair/typebox';
import { u16be } from '../bytes.ts';
import { i2cChip } from '../i2c-chip.ts';
import { absent } from '../reading.ts';

/** Opcodes ("Instruction Set Architecture"). */
const POWER_ON = 0x01;
const RESET = 0x07;
const ONE_TIME_HIGH = 0x20;
const TIME_HIGH = 0x40;
const TIME_LOW = 0x60;
/** Measurement time register after power-up; the sensitivity is in proportion to it. */
const TIME = 69;
/** Longest measurement in high resolution mode at that time, in ms ("Electrical Characteristics"). */
const MEASUREMENT = 180;
/** Counts for one lx at that time. */
const COUNTS_PER_LUX = 1.2;
const SATURATED = 0xffff;

const measuring = (time: number): number => Math.ceil((MEASUREMENT * time) / TIME);
const lux = (counts: number, time: number): number => (counts / COUNTS_PER_LUX) * (TIME / time);

/**
 * ROHM BH1750FVI, one measurement for each reading: lx = counts / 1.2 * 69 / measurement time ("Measurement Sequence
 * Example", "How to Change the Sensitivity by the Measurement Time Register"). The time is written anew for each, since a
 * chip that lost its power counts with 69. The data register is cleared first, so that no earlier result can be read.
 */
export const BH1750 = i2cChip({
  bus: 'i2c',
  driver: 'bh1750',
  title: 'ROHM BH1750FVI: light',
  datasheet: 'ROHM BH1750FVI technical note, 2011.11 rev. D',
  addresses: [0x23, 0x5c],
  wiring: '3.3 V. ADDR open or to ground gives 0x23, to VCC 0x5c.',
  options: {
    measurementTime: Type.Optional(
      Type.Integer({
        minimum: 31,
        maximum: 254,
        description:
          'the measurement time register, 31 to 254, 69 if not given: 254 for dim places or dark glass, 31 for sunlight up to 121 klx',
      }),
    ),
  },
  keys: ['illuminance'],
  values: ({ measurementTime = TIME }) => [
    { key: 'illuminance', unit: 'lx', range: [0, lux(SATURATED, measurementTime)], about: 'illuminance' },
  ],
  measuring: ({ measurementTime = TIME }) => measuring(measurementTime),
  async open(device, { measurementTime = TIME }) {
    // The chip has no id; that it takes the command says at least that it is there.
    await device.write([POWER_ON]);
    return {
      async read() {
        // A reset is heard only while the power is on; after a measurement the chip turns it off.
        await device.write([POWER_ON]);
        await device.write([RESET]);
        await device.write([TIME_HIGH | (measurementTime >> 5)]);
        await device.write([TIME_LOW | (measurementTime & 0x1f)]);
        await device.write([ONE_TIME_HIGH]);
        await device.delay(measuring(measurementTime));
        const counts = u16be(await device.receive(2));
        return { illuminance: counts === SATURATED ? absent('range') : lux(counts, measurementTime) };
      },
    };
  },
});
