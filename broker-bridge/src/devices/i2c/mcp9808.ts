import { be16, u16be } from '../bytes.ts';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers (DS25095, "Registers"). */
const CONFIGURATION = 0x01;
const UPPER_LIMIT = 0x02;
const AMBIENT = 0x05;
const MANUFACTURER = 0x06;
const DEVICE = 0x07;
const RESOLUTION = 0x08;
const MICROCHIP = 0x0054;
/** The upper byte of the device register; the lower one is the revision. */
const MCP9808_ID = 0x04;
/** 0.0625 degC; its conversion takes 250 ms typically, and the datasheet gives no maximum, so a fifth is added. */
const FINEST = 0x03;
const CONVERSION = 300;
/**
 * 125 degC as the upper limit, which is 0 after power-up and of no use, since the alert output is off. The ambient register is
 * 0 degC then, until the first conversion is done.
 */
const MARK = 0x07d0;

const identity = async (device: I2cDevice): Promise<[maker: number, part: number]> => [
  u16be(await device.read(MANUFACTURER, 2)),
  u16be(await device.read(DEVICE, 2)) >> 8,
];

/**
 * Microchip MCP9808. Bits 15 to 13 of the ambient register say which limits are crossed, bit 12 is the sign and the rest
 * two's complement of 0.0625 degC (DS25095, "Ambient Temperature Register"). It converts all the time; each reading is of the
 * last conversion.
 */
export const MCP9808 = i2cChip({
  bus: 'i2c',
  driver: 'mcp9808',
  title: 'Microchip MCP9808: temperature',
  datasheet: 'Microchip DS25095',
  addresses: [0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f],
  wiring:
    '2.7 V to 5.5 V. A2, A1 and A0 are the low bits of the address: all to ground 0x18, all to VDD 0x1f.',
  options: {},
  keys: ['temperature'],
  values: () => [{ key: 'temperature', unit: 'Cel', range: [-40, 125], about: 'temperature' }],
  // Only where it was without power and begins anew.
  measuring: () => CONVERSION,
  identify: {
    by: 'register',
    async is(device) {
      const [maker, part] = await identity(device);
      return maker === MICROCHIP && part === MCP9808_ID;
    },
  },
  async open(device) {
    const [maker, part] = await identity(device);
    if (maker !== MICROCHIP || part !== MCP9808_ID)
      throw new SensorFault(
        'malformed',
        `another chip: maker 0x${maker.toString(16)}, device 0x${part.toString(16)}`,
      );
    const setUp = async (): Promise<void> => {
      await device.write([CONFIGURATION, ...be16(0)]);
      await device.write([RESOLUTION, FINEST]);
      await device.write([UPPER_LIMIT, ...be16(MARK)]);
      await device.delay(CONVERSION);
    };
    const ambient = async (): Promise<number> => u16be(await device.read(AMBIENT, 2));
    await setUp();
    return {
      async read() {
        let word = await ambient();
        if (u16be(await device.read(UPPER_LIMIT, 2)) !== MARK) {
          await setUp();
          word = await ambient();
        }
        // The sign moves up to bit 31, which drops the three bits of the limits.
        return { temperature: ((word << 19) >> 19) * 0.0625 };
      },
    };
  },
});
