import { Type } from '@sinclair/typebox';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { answers, sensirionAsk, sensirionCommand } from '../sensirion.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Commands and their longest times in ms (SGP40 datasheet, "I2C Commands"). */
const MEASURE_RAW = { command: 0x260f, ms: 30 };
const SELF_TEST = { command: 0x280e, ms: 320 };
const HEATER_OFF = 0x3615;
const SERIAL_NUMBER = { command: 0x3682, ms: 1 };
/** High byte of the self-test's answer if all is well. */
const PASSED = 0xd4;
/** From cold, the hotplate is up to temperature 170 ms after the first measurement began. */
const HEATING_MS = 140;

const serialNumber = (device: I2cDevice) =>
  sensirionAsk(device, sensirionCommand(SERIAL_NUMBER.command), SERIAL_NUMBER.ms, 3);

/** The air's state as the command wants it: RH * 65535 / 100 and (T + 45) * 65535 / 175 ("sgp40_measure_raw_signal"). */
const airWords = (humidity: number, temperature: number): [number, number] => [
  Math.round((humidity * 65535) / 100),
  Math.round(((temperature + 45) * 65535) / 175),
];

/** Sensirion SGP40. The signal falls as there are more volatile compounds; what it means in figures only an index tells. */
export const SGP40 = i2cChip({
  bus: 'i2c',
  driver: 'sgp40',
  title: 'Sensirion SGP40: raw VOC signal, without the VOC index',
  datasheet: 'Sensirion SGP40',
  addresses: [0x59],
  wiring: '1.7 to 3.6 V, VDDH alike. The address is always 0x59.',
  options: {
    airHumidity: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100,
        description: 'usual relative humidity in %, to correct the signal; 50 if not given',
      }),
    ),
    airTemperature: Type.Optional(
      Type.Number({
        minimum: -45,
        maximum: 130,
        description: 'usual temperature in degC, to correct the signal; 25 if not given',
      }),
    ),
  },
  keys: ['srawVoc'],
  values: () => [
    { key: 'srawVoc', unit: '1', range: [0, 65_535], about: 'raw signal of volatile compounds, in ticks' },
  ],
  measuring: () => 2 * MEASURE_RAW.ms + HEATING_MS,
  identify: { by: 'command', is: answers(serialNumber) },
  async open(device, { airHumidity = 50, airTemperature = 25 }) {
    await serialNumber(device);
    const [result] = await sensirionAsk(device, sensirionCommand(SELF_TEST.command), SELF_TEST.ms, 1);
    if (result! >> 8 !== PASSED) throw new SensorFault('malformed', 'the sensor fails its self-test');
    const command = sensirionCommand(MEASURE_RAW.command, ...airWords(airHumidity, airTemperature));
    return {
      async read() {
        // The first makes sure that the hotplate is hot, also after a loss of power; it then stays on.
        await sensirionAsk(device, command, MEASURE_RAW.ms, 1);
        await device.delay(HEATING_MS);
        const [signal] = await sensirionAsk(device, command, MEASURE_RAW.ms, 1);
        return { srawVoc: signal! };
      },
      close: () => device.write(sensirionCommand(HEATER_OFF)),
    };
  },
});
