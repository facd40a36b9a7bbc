import { u24be } from '../bytes.ts';
import { crc8, SENSIRION } from '../crc.ts';
import { i2cChip } from '../i2c-chip.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Commands (AHT20 product manual, "Sensor Reading Process"). */
const SOFT_RESET = [0xba];
const INITIALISE = [0xbe, 0x08, 0x00];
const MEASURE = [0xac, 0x33, 0x00];
/** Status: measuring; calibration loaded. */
const BUSY = 0x80;
const CALIBRATED = 0x08;
/** It needs 20 ms for a reset, 10 ms to initialise and 80 ms to measure, or until it is not busy any more. */
const RESET_MS = 20;
const INITIALISE_MS = 10;
const MEASURE_MS = 80;
/** The manual sets no limit to its being busy; a chip may be late by 100 ms. */
const LATE = { tries: 11, every: 10 };

/**
 * ASAIR AHT20. RH = raw / 2^20 * 100 %, T = raw / 2^20 * 200 - 50 degC, each of 20 bits ("Signal Transformation"). The CRC is
 * Sensirion's, over status and data.
 */
export const AHT20 = i2cChip({
  bus: 'i2c',
  driver: 'aht20',
  title: 'ASAIR AHT20, AHT21: temperature, humidity',
  datasheet: 'ASAIR AHT20 product manual',
  addresses: [0x38],
  wiring: '2.0 to 5.5 V. The address is always 0x38.',
  options: {},
  keys: ['temperature', 'humidity'],
  values: () => [
    { key: 'temperature', unit: 'Cel', range: [-40, 85], about: 'temperature' },
    { key: 'humidity', unit: '%', range: [0, 100], about: 'relative humidity' },
  ],
  measuring: () => MEASURE_MS + longestWait(LATE),
  async open(device) {
    await device.write(SOFT_RESET);
    await device.delay(RESET_MS);
    // 0x71 in the manual is the address with the read bit: the status is what it sends first. Written as a command, it can
    // leave a chip busy for good.
    const calibrated = async (): Promise<boolean> => {
      let status = 0;
      await untilReady(device, LATE, async () => {
        status = (await device.receive(1))[0]!;
        return (status & BUSY) === 0;
      });
      return (status & CALIBRATED) !== 0;
    };
    if (!(await calibrated())) {
      await device.write(INITIALISE);
      await device.delay(INITIALISE_MS);
      if (!(await calibrated()))
        throw new SensorFault('malformed', 'the sensor does not load its calibration');
    }
    return {
      async read() {
        await device.write(MEASURE);
        await device.delay(MEASURE_MS);
        let answer: Uint8Array = new Uint8Array();
        await untilReady(device, LATE, async () => {
          answer = await device.receive(7);
          return (answer[0]! & BUSY) === 0;
        });
        if (crc8(answer.subarray(0, 6), SENSIRION) !== answer[6])
          throw new SensorFault('crc', 'the checksum of the measurement is wrong');
        if ((answer[0]! & CALIBRATED) === 0)
          throw new SensorFault('malformed', 'the sensor has lost its calibration; did it lose power?');
        return {
          temperature: ((u24be(answer, 3) & 0xfffff) / 2 ** 20) * 200 - 50,
          humidity: ((u24be(answer, 1) >> 4) / 2 ** 20) * 100,
        };
      },
    };
  },
});
