import { Type } from '@sinclair/typebox';
import { u16le } from '../bytes.ts';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { absent } from '../reading.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Command codes, each a word with the low byte first (Vishay 84286, "Command Register Format"). */
const CONFIGURATION = 0x00;
const POWER_SAVING = 0x03;
const LIGHT = 0x04;
const ID = 0x07;
/** The lower byte of the id; the upper one tells the address. */
const VEML7700_ID = 0x81;
const SHUT_DOWN = 0x0001;

/** ALS_GAIN, bits 12 and 11. */
const GAINS: Readonly<Record<number, number>> = { 0.125: 0x1000, 0.25: 0x1800, 1: 0x0000, 2: 0x0800 };
/** ALS_IT, bits 9 to 6, by ms. */
const TIMES: Readonly<Record<number, number>> = {
  25: 0x300,
  50: 0x200,
  100: 0x000,
  200: 0x040,
  400: 0x080,
  800: 0x0c0,
};
const GAIN = 0.125;
const INTEGRATION = 100;
/** lx of one count at gain 2 and 800 ms; 0.0036 in the datasheet until its revision of November 2023. */
const FINEST = 0.0042;
const SATURATED = 0xffff;
/** The end of the table "Resolution and maximum detection range" at gain 1/8. */
const MOST = 140_000;
/** Above so many lx its counts are not in proportion (84323). */
const LINEAR = 1_000;
/** Twice the time from shut-down to the first integration, in ms ("Application Information"). */
const WAKING = 5;

/** lx of one count: it halves with each doubling of gain or time (84286, "Resolution and Maximum Detection Range"). */
const resolution = (gain: number, integration: number): number => FINEST * (2 / gain) * (800 / integration);

/**
 * "At least the programmed integration time" is to be waited (84323), but devices are seen to need much more; until then the
 * result is that of the last time. Zephyr's and Adafruit's drivers wait for twice the time, and so does this one.
 */
const measuring = (integration: number): number => WAKING + integration * 2;

/**
 * The correction of Vishay's application note 84323, "Designing the VEML7700 Into an Application": of all that the gains 1/4
 * and 1/8 measure, which are for bright light, and of bright light with the gains 1 and 2.
 */
export const corrected = (lux: number): number =>
  lux * (1.0023 + lux * (8.1488e-5 + lux * (-9.3924e-9 + lux * 6.0135e-13)));

const word = async (device: I2cDevice, code: number): Promise<number> => u16le(await device.read(code, 2));
const write = (device: I2cDevice, code: number, value: number): Promise<void> =>
  device.write([code, value & 0xff, value >> 8]);
const isVeml7700 = async (device: I2cDevice): Promise<boolean> =>
  ((await word(device, ID)) & 0xff) === VEML7700_ID;

/** Vishay VEML7700. It is woken for each reading, with its settings written anew, and shut down again. */
export const VEML7700 = i2cChip({
  bus: 'i2c',
  driver: 'veml7700',
  title: 'Vishay VEML7700: light',
  datasheet: 'Vishay 84286, with application note 84323',
  addresses: [0x10],
  wiring: '2.5 V to 3.6 V, not 5 V. Its address is always 0x10.',
  options: {
    gain: Type.Optional(
      Type.Union([Type.Literal(0.125), Type.Literal(0.25), Type.Literal(1), Type.Literal(2)], {
        description: 'the gain: 0.125 (the default, for daylight), 0.25, 1 or 2 (for the dark)',
      }),
    ),
    integration: Type.Optional(
      Type.Union(
        Object.keys(TIMES).map((time) => Type.Literal(Number(time))),
        {
          description:
            'the integration time in ms: 25, 50, 100 (the default), 200, 400 or 800; longer is finer and saturates earlier',
        },
      ),
    ),
  },
  keys: ['illuminance'],
  values: () => [{ key: 'illuminance', unit: 'lx', range: [0, MOST], about: 'illuminance' }],
  measuring: ({ integration = INTEGRATION }) => measuring(integration),
  identify: { by: 'register', is: isVeml7700 },
  async open(device, { gain = GAIN, integration = INTEGRATION }) {
    if (!(await isVeml7700(device)))
      throw new SensorFault('malformed', 'another chip: its id is not that of a VEML7700');
    const configuration = GAINS[gain]! | TIMES[integration]!;
    await write(device, CONFIGURATION, configuration | SHUT_DOWN);
    await write(device, POWER_SAVING, 0);
    const scale = resolution(gain, integration);
    const counted = async (): Promise<number> => {
      // Settings are changed while it is shut down ("Application Information").
      await write(device, CONFIGURATION, configuration | SHUT_DOWN);
      await write(device, CONFIGURATION, configuration);
      await device.delay(measuring(integration));
      const counts = await word(device, LIGHT);
      const kept = await word(device, CONFIGURATION);
      if (kept !== configuration)
        throw new SensorFault('malformed', `its settings read back as 0x${kept.toString(16)}`);
      return counts;
    };
    const rest = (): Promise<void> => write(device, CONFIGURATION, configuration | SHUT_DOWN);
    return {
      async read() {
        const counts = await counted();
        await rest();
        if (counts === SATURATED) return { illuminance: absent('range') };
        const lux = counts * scale;
        return { illuminance: gain < 1 || lux > LINEAR ? corrected(lux) : lux };
      },
      close: rest,
    };
  },
});
