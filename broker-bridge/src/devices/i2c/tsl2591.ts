import { Type } from '@sinclair/typebox';
import { u16le } from '../bytes.ts';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { absent } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers behind the command bit with a normal transaction (ams TSL2591 datasheet, "Register Description"). */
const COMMAND = 0xa0;
const ENABLE = COMMAND | 0x00;
const CONTROL = COMMAND | 0x01;
const ID = COMMAND | 0x12;
const STATUS = COMMAND | 0x13;
const CHANNELS = COMMAND | 0x14;
const TSL2591_ID = 0x50;
const POWER_AND_ALS = 0x03;
const AVALID = 0x01;

/** AGAIN, bits 5 and 4, by the factor it has typically. */
const GAINS: Readonly<Record<number, number>> = { 1: 0x00, 25: 0x10, 428: 0x20, 9876: 0x30 };
const GAIN = 25;
const INTEGRATION = 100;
/** The longest that an integration step of 100 ms takes, and the start of the oscillator, in ms. */
const STEP = 108;
const WARM_UP = 5;
const PATIENCE = { tries: 6, every: 10 };
/** Most counts of a channel at 100 ms, and at longer times ("ALS Characteristics", ADC counts at full scale). */
const FULL_AT_100MS = 36_863;
const FULL = 65_535;
/** Counts at gain 1 and 1 ms to lx; see below. */
const DEVICE_FACTOR = 408;
/** "High Dynamic Range to 88,000 lux" ("Features"). */
const MOST = 88_000;

const measuring = (integration: number): number => WARM_UP + (integration / 100) * STEP;
const full = (integration: number): number => (integration === 100 ? FULL_AT_100MS : FULL);
const isTsl2591 = async (device: I2cDevice): Promise<boolean> => (await device.read(ID, 1))[0] === TSL2591_ID;

/**
 * Illuminance from both channels. The datasheet has no formula for it. This one, (C0 - C1) * (1 - C1 / C0) * 408 / (ms *
 * gain), is the one in common use for this chip, in Adafruit's library, with the device factor of ams's sample code; it
 * suits white light without a cover glass, and is an estimate. More infrared than light in all cannot be.
 */
export function illuminance(all: number, infrared: number, gain: number, integration: number) {
  if (all === 0) return infrared === 0 ? 0 : undefined;
  if (infrared > all) return undefined;
  return ((all - infrared) * (1 - infrared / all) * DEVICE_FACTOR) / (integration * gain);
}

/** ams TSL2591. It is switched on for each reading, with its settings written anew, and off again. */
export const TSL2591 = i2cChip({
  bus: 'i2c',
  driver: 'tsl2591',
  title: 'ams TSL2591: light, with infrared',
  datasheet: 'ams TSL2591 datasheet (TSL25911)',
  addresses: [0x29],
  wiring: '3.3 V. Its address is always 0x29.',
  options: {
    gain: Type.Optional(
      Type.Union([Type.Literal(1), Type.Literal(25), Type.Literal(428), Type.Literal(9876)], {
        description: 'the gain: 1 for daylight, 25 (the default) for rooms, 428 or 9876 for the dark',
      }),
    ),
    integration: Type.Optional(
      Type.Union(
        [100, 200, 300, 400, 500, 600].map((time) => Type.Literal(time)),
        { description: 'the integration time in ms: 100 (the default), 200, 300, 400, 500 or 600' },
      ),
    ),
  },
  keys: ['illuminance', 'full', 'infrared'],
  values: ({ integration = INTEGRATION }) => [
    {
      key: 'illuminance',
      unit: 'lx',
      range: [0, MOST],
      about: 'illuminance, an estimate from both channels',
    },
    { key: 'full', unit: '1', range: [0, full(integration)], about: 'counts of visible and infrared light' },
    { key: 'infrared', unit: '1', range: [0, full(integration)], about: 'counts of infrared light' },
  ],
  measuring: ({ integration = INTEGRATION }) => measuring(integration) + longestWait(PATIENCE),
  identify: { by: 'register', is: isTsl2591 },
  async open(device, { gain = GAIN, integration = INTEGRATION }) {
    if (!(await isTsl2591(device)))
      throw new SensorFault('malformed', 'another chip: its id is not that of a TSL2591');
    const control = GAINS[gain]! | (integration / 100 - 1);
    const most = full(integration);
    const off = (): Promise<void> => device.write([ENABLE, 0]);
    await off();
    return {
      async read() {
        // Off and on again, so that AVALID is of this integration.
        await off();
        await device.write([CONTROL, control]);
        await device.write([ENABLE, POWER_AND_ALS]);
        await device.delay(measuring(integration));
        await untilReady(device, PATIENCE, async () => ((await device.read(STATUS, 1))[0]! & AVALID) !== 0);
        const counts = await device.read(CHANNELS, 4);
        const kept = (await device.read(CONTROL, 1))[0]!;
        if (kept !== control)
          throw new SensorFault('malformed', `its settings read back as 0x${kept.toString(16)}`);
        await off();
        const all = u16le(counts);
        const infrared = u16le(counts, 2);
        const whole = all < most && infrared < most;
        return {
          illuminance: (whole ? illuminance(all, infrared, gain, integration) : undefined) ?? absent('range'),
          full: all < most ? all : absent('range'),
          infrared: infrared < most ? infrared : absent('range'),
        };
      },
      close: off,
    };
  },
});
