import { Type } from '@sinclair/typebox';
import { i16be } from '../bytes.ts';
import { i2cChip } from '../i2c-chip.ts';

/** Pointer register values (SBOS397, "Pointer Register"). */
const TEMPERATURE = 0x00;
const CONFIGURATION = 0x01;
/** Configuration after power-up: continuous conversion, 4 Hz, 12 bits (SBOS397, "Configuration Register"). */
const POWER_ON = 0x60a0;
const EXTENDED = 0x0010;
/** The code above, 0x7ff, also stands for 128 degC and all that is hotter (SBOS397, "12-Bit Temperature Data Format"). */
const HIGHEST = 0x7fe * 0.0625;

/**
 * TI TMP102. The temperature register holds two's complement, left-justified, 0.0625 degC per bit: 12 bits, or 13 in
 * extended mode, where bit 0 is 1 (SBOS397, "Temperature Register", "Extended Mode").
 */
export const TMP102 = i2cChip({
  bus: 'i2c',
  driver: 'tmp102',
  title: 'TI TMP102: temperature',
  datasheet: 'TI SBOS397',
  addresses: [0x48, 0x49, 0x4a, 0x4b],
  wiring: '3.3 V. ADD0 to ground gives 0x48, to V+ 0x49, to SDA 0x4a, to SCL 0x4b.',
  options: {
    extended: Type.Optional(
      Type.Boolean({ description: 'true for the extended mode, which reaches 150 degC instead of 127' }),
    ),
  },
  keys: ['temperature'],
  values: ({ extended }) => [
    { key: 'temperature', unit: 'Cel', range: [-55, extended ? 150 : HIGHEST], about: 'temperature' },
  ],
  // A conversion takes 26 ms (SBOS397, "Electrical Characteristics"); the first one follows power-up or set-up.
  measuring: () => 0,
  async open(device, { extended }) {
    const word = extended ? POWER_ON | EXTENDED : POWER_ON;
    await device.write([CONFIGURATION, word >> 8, word & 0xff]);
    // At 4 Hz the next conversion in the new format has begun 250 ms from now at the latest, and takes up to 35 ms.
    await device.delay(285);
    return {
      async read() {
        const raw = i16be(await device.read(TEMPERATURE, 2));
        // Bit 0 tells the format, so that a chip that was reset meanwhile is still read right.
        return { temperature: (raw & 1 ? raw >> 3 : raw >> 4) * 0.0625 };
      },
    };
  },
});
