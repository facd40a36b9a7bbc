import { i2cChip } from '../i2c-chip.ts';
import { sensirionAsk, sensirionCommand } from '../sensirion.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Commands (SHT3x-DIS datasheet, "Operation and Communication"). */
const BREAK = sensirionCommand(0x3093);
const SOFT_RESET = sensirionCommand(0x30a2);
const READ_STATUS = sensirionCommand(0xf32d);
/** Single shot, high repeatability, no clock stretching. */
const MEASURE = sensirionCommand(0x2400);
/** Longest measurement at high repeatability is 15.5 ms; soft reset 1.5 ms; break 1 ms ("Timing Specification"). */
const MEASURE_MS = 16;
const RESET_MS = 2;
const BREAK_MS = 1;
/** Status register, bit 13: heater on. */
const HEATER = 0x2000;

/**
 * Sensirion SHT30, SHT31, SHT35. T = -45 + 175 * raw / 65535 degC, RH = 100 * raw / 65535 % ("Conversion of Signal
 * Output"). Each measurement carries all its settings, so a chip that lost power has nothing to forget.
 */
export const SHT3X = i2cChip({
  bus: 'i2c',
  driver: 'sht3x',
  title: 'Sensirion SHT30, SHT31, SHT35: temperature, humidity',
  datasheet: 'Sensirion SHT3x-DIS',
  addresses: [0x44, 0x45],
  wiring: '2.15 to 5.5 V. ADDR to ground gives 0x44, to VDD 0x45; it must not be left open.',
  options: {},
  keys: ['temperature', 'humidity'],
  values: () => [
    { key: 'temperature', unit: 'Cel', range: [-40, 125], about: 'temperature' },
    { key: 'humidity', unit: '%', range: [0, 100], about: 'relative humidity' },
  ],
  measuring: () => MEASURE_MS,
  async open(device) {
    // A chip in periodic mode, where somebody else left it, takes no reset before a break; one that is idle need not take it.
    await device.write(BREAK).catch((error) => {
      if (!(error instanceof SensorFault) || error.reason !== 'nak') throw error;
    });
    await device.delay(BREAK_MS);
    await device.write(SOFT_RESET);
    await device.delay(RESET_MS);
    const [status] = await sensirionAsk(device, READ_STATUS, 1, 1);
    if (status! & HEATER) throw new SensorFault('malformed', 'the heater is on after a reset: no SHT3x');
    return {
      async read() {
        const [temperature, humidity] = await sensirionAsk(device, MEASURE, MEASURE_MS, 2);
        return {
          temperature: -45 + (175 * temperature!) / 65535,
          humidity: (100 * humidity!) / 65535,
        };
      },
    };
  },
});
