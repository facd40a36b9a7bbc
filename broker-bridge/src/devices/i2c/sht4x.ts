import { Type } from '@sinclair/typebox';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { answers, sensirionAsk } from '../sensirion.ts';

/** Commands (SHT4x datasheet, "Command Overview"). */
const SOFT_RESET = 0x94;
const SERIAL_NUMBER = 0x89;
/** Measuring command and longest duration in ms by repeatability ("Command Overview", "Timings"). */
const PRECISIONS = {
  high: { command: 0xfd, ms: 9 },
  medium: { command: 0xf6, ms: 5 },
  low: { command: 0xe0, ms: 2 },
} as const;

/** The datasheet gives no time for the serial number; Sensirion's own driver waits 10 ms. */
const SERIAL_NUMBER_MS = 10;
const serialNumber = (device: I2cDevice) => sensirionAsk(device, [SERIAL_NUMBER], SERIAL_NUMBER_MS, 2);
const precisionOf = (precision: keyof typeof PRECISIONS = 'high') => PRECISIONS[precision];

/**
 * Sensirion SHT40, SHT41, SHT43, SHT45. T = -45 + 175 * raw / 65535 degC; RH = -6 + 125 * raw / 65535 %, where what lies
 * beyond 0 and 100 is cropped as the datasheet advises ("Conversion of Signal Output"). Each measurement carries
 * all its settings, so a chip that lost power has nothing to forget.
 */
export const SHT4X = i2cChip({
  bus: 'i2c',
  driver: 'sht4x',
  title: 'Sensirion SHT40, SHT41, SHT43, SHT45: temperature, humidity',
  datasheet: 'Sensirion SHT4x',
  addresses: [0x44, 0x45, 0x46],
  wiring:
    '1.08 to 3.6 V. The address belongs to the part ordered: 0x44 for types with A, 0x45 with B, 0x46 with C (SHT40-AD1B has 0x44).',
  options: {
    precision: Type.Optional(
      Type.Union([Type.Literal('high'), Type.Literal('medium'), Type.Literal('low')], {
        description: '"high" (as if not given), "medium" or "low": less noise, or less time and current',
      }),
    ),
  },
  keys: ['temperature', 'humidity'],
  values: () => [
    { key: 'temperature', unit: 'Cel', range: [-40, 125], about: 'temperature' },
    { key: 'humidity', unit: '%', range: [0, 100], about: 'relative humidity' },
  ],
  measuring: ({ precision }) => precisionOf(precision).ms,
  identify: { by: 'command', is: answers(serialNumber) },
  async open(device, { precision }) {
    const { command, ms } = precisionOf(precision);
    await device.write([SOFT_RESET]);
    await device.delay(1);
    await serialNumber(device);
    return {
      async read() {
        const [temperature, humidity] = await sensirionAsk(device, [command], ms, 2);
        return {
          temperature: -45 + (175 * temperature!) / 65535,
          humidity: Math.min(100, Math.max(0, -6 + (125 * humidity!) / 65535)),
        };
      },
    };
  },
});
