import { Type } from '@sinclair/typebox';
import { i16be } from '../bytes.ts';
import { i2cChip } from '../i2c-chip.ts';

/** Pointer register values (SNIS153, "Pointer Register"). */
const TEMPERATURE = 0x00;
const CONFIGURATION = 0x01;
const SHUTDOWN = 0x01;
/** Longest conversion, in ms (SNIS153, "Temperature-to-Digital Converter Characteristics"; 100 ms typically). */
const CONVERSION = 300;
const BITS = 9;

/**
 * National/TI LM75. The temperature register holds two's complement, left-justified: 9 bits of 0.5 degC (SNIS153,
 * "Temperature Data Format"); parts that say more put further binary digits below, so their upper bits mean the same.
 */
export const LM75 = i2cChip({
  bus: 'i2c',
  driver: 'lm75',
  title: 'TI LM75: temperature',
  datasheet: 'TI SNIS153',
  addresses: [0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f],
  wiring: '3.3 V or 5 V. A2, A1 and A0 are the low bits of the address: all to ground 0x48, all to V+ 0x4f.',
  options: {
    bits: Type.Optional(
      Type.Union([Type.Literal(9), Type.Literal(10), Type.Literal(11), Type.Literal(12)], {
        description:
          'how many bits of the temperature count: 9 for LM75 and TI parts (the default), 11 for NXP LM75A and LM75B',
      }),
    ),
  },
  keys: ['temperature'],
  values: () => [{ key: 'temperature', unit: 'Cel', range: [-55, 125], about: 'temperature' }],
  // It converts all the time; each reading is of the last conversion.
  measuring: () => 0,
  async open(device, { bits = BITS }) {
    const [configuration] = await device.read(CONFIGURATION, 1);
    // Only the shutdown bit is touched: polarity and mode of the OS output may serve a fan.
    if (configuration! & SHUTDOWN) await device.write([CONFIGURATION, configuration! & ~SHUTDOWN]);
    await device.delay(CONVERSION);
    let last: { at: number; temperature: number } | undefined;
    return {
      async read() {
        // Each reading makes it begin its conversion anew: read more often than that, it would never end one (note on
        // "Temperature Conversion Time").
        if (last && device.now() - last.at < CONVERSION) return { temperature: last.temperature };
        // The bits below are undefined (SNIS153, "Temperature Register").
        const code = i16be(await device.read(TEMPERATURE, 2)) >> (16 - bits);
        const temperature = code / 2 ** (bits - 8);
        last = { at: device.now(), temperature };
        return { temperature };
      },
    };
  },
});
