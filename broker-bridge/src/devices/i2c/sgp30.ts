import { Type } from '@sinclair/typebox';
import { type I2cDevice, i2cChip } from '../i2c-chip.ts';
import { absent } from '../reading.ts';
import { sensirionAsk, sensirionCommand } from '../sensirion.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Commands and their longest times in ms (SGP30 datasheet, "Measurement Commands", "Feature Set"). */
const INIT_AIR_QUALITY = 0x2003;
const MEASURE_AIR_QUALITY = 0x2008;
const SET_HUMIDITY = 0x2061;
const GET_FEATURE_SET = 0x202f;
const GET_BASELINE = 0x2015;
const COMMAND_MS = 10;
const MEASURE_MS = 12;
/** Its baseline is only right if it measures each second ("Air Quality Signals"). */
const EVERY_MS = 1_000;
/** A reading takes what the last tick measured, if it is so fresh: more measurements would disturb the second's rhythm. */
const FRESH_MS = 1_500;
/** For so long after its init it answers with fixed values (same section). */
const WARM_UP_MS = 15_000;
const FIXED = { co2eq: 400, tvoc: 0 };

/** Bits 15 to 12 of the feature set are the product type, 0 for a SGP30; the low byte is a version, never 0. */
async function isSgp30(device: I2cDevice): Promise<boolean> {
  const [feature] = await sensirionAsk(device, sensirionCommand(GET_FEATURE_SET), COMMAND_MS, 1);
  return feature! >> 12 === 0 && (feature! & 0xff) !== 0;
}

/** What one measurement said, whether the warm-up was over, and when that was. */
type Measured = { co2eq: number; tvoc: number; warm: boolean; at: number };

/**
 * Sensirion SGP30. What it calls CO2eq is reckoned from hydrogen, not measured; hence the key co2eq. It forgets its baseline
 * with its power and finds a new one in some hours.
 */
export const SGP30 = i2cChip({
  bus: 'i2c',
  driver: 'sgp30',
  title: 'Sensirion SGP30: volatile organic compounds, CO2 equivalent',
  datasheet: 'Sensirion SGP30',
  addresses: [0x58],
  wiring: '1.62 to 1.98 V; boards with a regulator take 3.3 V. The address is always 0x58.',
  options: {
    absoluteHumidity: Type.Optional(
      Type.Number({
        minimum: 0.1,
        maximum: 255,
        description:
          'usual water in the air in g/m3, to correct the values (10 is 55 % at 21 degC); the chip takes 11.57 if not given',
      }),
    ),
  },
  keys: ['co2eq', 'tvoc'],
  values: () => [
    { key: 'co2eq', unit: '[ppm]', range: [400, 60_000], about: 'CO2 equivalent, from hydrogen' },
    { key: 'tvoc', unit: '[ppb]', range: [0, 60_000], about: 'volatile organic compounds' },
  ],
  measuring: () => 3 * COMMAND_MS + MEASURE_MS,
  identify: { by: 'command', is: isSgp30 },
  async open(device, { absoluteHumidity }) {
    let startedAt: number | undefined;
    let last: Measured | undefined;
    let learnt = false;
    const forget = (): void => {
      startedAt = undefined;
      last = undefined;
    };
    // One that does not answer may have lost its power, and without its init it would say 400 and 0 for ever.
    const ask = (command: number, ms: number): Promise<number[]> =>
      sensirionAsk(device, sensirionCommand(command), ms, 2).catch((error) => {
        if (error instanceof SensorFault && error.reason === 'nak') forget();
        throw error;
      });
    const start = async (): Promise<number> => {
      await device.write(sensirionCommand(INIT_AIR_QUALITY));
      await device.delay(COMMAND_MS);
      if (absoluteHumidity !== undefined) {
        // Fixed point, 8 bits of g/m3 and 8 of fraction.
        await device.write(sensirionCommand(SET_HUMIDITY, Math.round(absoluteHumidity * 256)));
        await device.delay(COMMAND_MS);
      }
      learnt = false;
      startedAt = device.now();
      return startedAt;
    };
    // The baseline is 0 until it is found, about an hour after the init, and again after a loss of power too short for a tick.
    const checkBaseline = async (): Promise<void> => {
      const baseline = await ask(GET_BASELINE, COMMAND_MS);
      const known = baseline.some((word) => word !== 0);
      if (learnt && !known) {
        forget();
        throw new SensorFault('malformed', 'the sensor has forgotten its baseline; did it lose power?');
      }
      learnt = known;
    };
    const measure = async (): Promise<Measured> => {
      last = undefined;
      const since = startedAt ?? (await start());
      const [co2eq, tvoc] = await ask(MEASURE_AIR_QUALITY, MEASURE_MS);
      const at = device.now();
      last = { co2eq: co2eq!, tvoc: tvoc!, warm: at - since >= WARM_UP_MS, at };
      return last;
    };
    if (!(await isSgp30(device)))
      throw new SensorFault('malformed', 'its feature set is not that of a SGP30');
    await start();
    return {
      async read() {
        const fresh = last && device.now() - last.at < FRESH_MS ? last : undefined;
        const { co2eq, tvoc, warm } = fresh ?? (await measure());
        await checkBaseline();
        if (!warm && co2eq === FIXED.co2eq && tvoc === FIXED.tvoc)
          return { co2eq: absent('busy'), tvoc: absent('busy') };
        return { co2eq, tvoc };
      },
      tick: {
        every: EVERY_MS,
        run: async () => {
          await measure();
        },
      },
    };
  },
});
