import { Type } from '@sinclair/typebox';
import { be16, i16be, u16be } from '../bytes.ts';
import { i2cChip } from '../i2c-chip.ts';
import { absent } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers and bits (SNOSD82, "Register Map", "Configuration Register"). */
const TEMPERATURE = 0x00;
const CONFIGURATION = 0x01;
const DEVICE_ID = 0x0f;
const DATA_READY = 0x2000;
const ONE_SHOT = 0x0c00;
const SOFT_RESET = 0x0002;
/** AVG[1:0]: conversions that make one result. */
const AVERAGING: Readonly<Record<number, number>> = { 1: 0x00, 8: 0x20, 32: 0x40, 64: 0x60 };
const AVERAGES = 8;
/** Time of a soft reset, in ms (SNOSD82, "Software Reset"). */
const RESET = 2;
/** Longest conversion, in ms (SNOSD82, "Electrical Characteristics", conversion time). */
const CONVERSION = 17.5;
/** The temperature register before the first conversion: -256 degC (SNOSD82, "Temperature Register"). */
const NOT_YET = -0x8000;

const converting = (averages: number): number => Math.ceil(averages * CONVERSION);
const PATIENCE = { tries: 6, every: 5 };

/** Bits 11 to 0; the upper four are the revision. */
const isTmp117 = (id: number): boolean => (id & 0x0fff) === 0x117;

/**
 * TI TMP117. Two's complement of 7.8125 mdegC (SNOSD82, "Temperature Register"). Each reading is one one-shot conversion, so
 * that the chip hardly warms itself and a set-up lost with the power does not matter.
 */
export const TMP117 = i2cChip({
  bus: 'i2c',
  driver: 'tmp117',
  title: 'TI TMP117: temperature, +-0.1 degC',
  datasheet: 'TI SNOSD82',
  addresses: [0x48, 0x49, 0x4a, 0x4b],
  wiring: '1.8 V to 5.5 V. ADD0 to ground gives 0x48, to V+ 0x49, to SDA 0x4a, to SCL 0x4b.',
  options: {
    averages: Type.Optional(
      Type.Union([Type.Literal(1), Type.Literal(8), Type.Literal(32), Type.Literal(64)], {
        description:
          'conversions for one reading, against noise: 1, 8 (the default), 32 or 64; each takes 16 ms',
      }),
    ),
  },
  keys: ['temperature'],
  values: () => [{ key: 'temperature', unit: 'Cel', range: [-55, 150], about: 'temperature' }],
  measuring: ({ averages = AVERAGES }) => converting(averages) + longestWait(PATIENCE),
  identify: { by: 'register', is: async (device) => isTmp117(u16be(await device.read(DEVICE_ID, 2))) },
  async open(device, { averages = AVERAGES }) {
    const id = u16be(await device.read(DEVICE_ID, 2));
    if (!isTmp117(id)) throw new SensorFault('malformed', `another chip: its id is 0x${id.toString(16)}`);
    await device.write([CONFIGURATION, ...be16(SOFT_RESET)]);
    await device.delay(RESET);
    const oneShot = ONE_SHOT | AVERAGING[averages]!;
    return {
      async read() {
        await device.write([CONFIGURATION, ...be16(oneShot)]);
        await device.delay(converting(averages));
        // Reading the flag clears it.
        await untilReady(
          device,
          PATIENCE,
          async () => (u16be(await device.read(CONFIGURATION, 2)) & DATA_READY) !== 0,
        );
        const code = i16be(await device.read(TEMPERATURE, 2));
        return { temperature: code === NOT_YET ? absent('busy') : code * 0.0078125 };
      },
    };
  },
});
