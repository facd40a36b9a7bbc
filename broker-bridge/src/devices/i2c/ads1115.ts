import { type TSchema, Type } from '@sinclair/typebox';
import { be16, i16be, u16be } from '../bytes.ts';
import { i2cChip } from '../i2c-chip.ts';
import { type Absent, absent } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers and bits (SBAS444, "Register Map", "Config Register"). */
const CONVERSION = 0x00;
const CONFIG = 0x01;
const OS = 0x8000;
const SINGLE_SHOT = 0x0100;
const NO_COMPARATOR = 0x0003;

/** MUX[2:0] of each pair of inputs; a0 to a3 are measured against ground. */
const MUX = { a0: 4, a1: 5, a2: 6, a3: 7, a01: 0, a03: 1, a13: 2, a23: 3 } as const;
type Channel = keyof typeof MUX;
const CHANNELS = Object.keys(MUX) as Channel[];

/** Full scale in V, at the index that is PGA[2:0]. */
const FULL_SCALES = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256] as const;
type FullScale = (typeof FULL_SCALES)[number];
const DEFAULTS: Partial<Record<Channel, FullScale>> = { a0: 4.096, a1: 4.096, a2: 4.096, a3: 4.096 };
/** Conversions in a second, at the index that is DR[2:0]. */
const RATES = [8, 16, 32, 64, 128, 250, 475, 860] as const;
const RATE = 128;

/** One conversion in ms: the rate may be 10 % lower ("Electrical Characteristics", data rate variation); 1 ms to wake up. */
const converting = (rate: number): number => Math.ceil(1_100 / rate) + 1;
const PATIENCE = { tries: 5, every: 2 };

const about = (channel: Channel): string =>
  channel.length === 2
    ? `voltage of A${channel[1]} against ground`
    : `voltage of A${channel[1]} against A${channel[2]}`;

const fullScale = (channel: Channel): TSchema =>
  Type.Optional(
    Type.Union(
      FULL_SCALES.map((volts) => Type.Literal(volts)),
      { description: `full scale in V for the ${about(channel)}, one of ${FULL_SCALES.join(', ')}` },
    ),
  );

/**
 * TI ADS1115. Each channel is one single-shot conversion, with its settings written anew, so that a set-up lost with the power
 * does not matter. Code times full scale / 32768 is the voltage (SBAS444, "Data Format"); the codes at both ends mean that
 * the input is at or beyond full scale.
 */
export const ADS1115 = i2cChip({
  bus: 'i2c',
  driver: 'ads1115',
  title: 'TI ADS1115: four voltages, 16 bits',
  datasheet: 'TI SBAS444',
  addresses: [0x48, 0x49, 0x4a, 0x4b],
  wiring:
    '2 V to 5.5 V; no input above the supply. ADDR to ground gives 0x48, to VDD 0x49, to SDA 0x4a, to SCL 0x4b.',
  options: {
    channels: Type.Optional(
      Type.Unsafe<Partial<Record<Channel, FullScale>>>(
        Type.Object(Object.fromEntries(CHANNELS.map((channel) => [channel, fullScale(channel)])), {
          additionalProperties: false,
          minProperties: 1,
          description:
            'channels with their full scale in V, such as {"a0": 4.096, "a01": 0.256}; a0 to a3 are against ground, a01, a03, a13 and a23 between two inputs; all of a0 to a3 with 4.096 V if not given',
        }),
      ),
    ),
    rate: Type.Optional(
      Type.Unsafe<(typeof RATES)[number]>(
        Type.Union(
          RATES.map((rate) => Type.Literal(rate)),
          {
            description: `conversions in a second, one of ${RATES.join(', ')} (${RATE} if not given); slower has less noise`,
          },
        ),
      ),
    ),
  },
  keys: CHANNELS,
  values: ({ channels = DEFAULTS }) =>
    CHANNELS.flatMap((key) => {
      const volts = channels[key];
      return volts === undefined
        ? []
        : [{ key, unit: 'V', range: [-volts, volts] as const, about: about(key) }];
    }),
  measuring: ({ channels = DEFAULTS, rate = RATE }) =>
    Object.keys(channels).length * (converting(rate) + longestWait(PATIENCE)),
  async open(device, { channels = DEFAULTS, rate = RATE }) {
    const settings = SINGLE_SHOT | (RATES.indexOf(rate) << 5) | NO_COMPARATOR;

    async function voltage(channel: Channel, volts: FullScale): Promise<number | Absent> {
      const config = settings | (MUX[channel] << 12) | (FULL_SCALES.indexOf(volts) << 9);
      await device.write([CONFIG, ...be16(OS | config)]);
      await device.delay(converting(rate));
      await untilReady(device, PATIENCE, async () => {
        const now = u16be(await device.read(CONFIG, 2));
        if ((now & ~OS) !== config)
          throw new SensorFault(
            'malformed',
            `its settings read back as 0x${now.toString(16)}: another chip?`,
          );
        return (now & OS) !== 0;
      });
      const code = i16be(await device.read(CONVERSION, 2));
      return code === 0x7fff || code === -0x8000 ? absent('range') : (code * volts) / 32_768;
    }

    return {
      async read() {
        const reading: Record<string, number | Absent> = {};
        for (const channel of CHANNELS) {
          const volts = channels[channel];
          if (volts !== undefined) reading[channel] = await voltage(channel, volts);
        }
        return reading;
      },
    };
  },
});
