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
/** For so long after its init it answers with fixed values (same section). */
const WARM_UP_MS = 15_000;
const FIXED = { co2eq: 400, tvoc: 0 };

/** Bits 15 to 12 of the feature set are the product type, 0 for a SGP30; the low byte is a version, never 0. */
async function isSgp30(device: I2cDevice): Promise<boolean> {
  const [feature] = await sensirionAsk(device, sensirionCommand(GET_FEATURE_SET), COMMAND_MS, 1);
  return feature! >> 12 === 0 && (feature! & 0xff) !== 0;
}

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
    let learnt = false;
    const start = async (): Promise<void> => {
      await device.write(sensirionCommand(INIT_AIR_QUALITY));
      await device.delay(COMMAND_MS);
      if (absoluteHumidity !== undefined) {
        // Fixed point, 8 bits of g/m3 and 8 of fraction.
        await device.write(sensirionCommand(SET_HUMIDITY, Math.round(absoluteHumidity * 256)));
        await device.delay(COMMAND_MS);
      }
      startedAt = device.now();
      learnt = false;
    };
    // The baseline is 0 until it is found, about an hour after the init, and again after a loss of power too short for a tick.
    const checkBaseline = async (): Promise<void> => {
      const baseline = await sensirionAsk(device, sensirionCommand(GET_BASELINE), COMMAND_MS, 2);
      const known = baseline.some((word) => word !== 0);
      if (learnt && !known) {
        startedAt = undefined;
        throw new SensorFault('malformed', 'the sensor has forgotten its baseline; did it lose power?');
      }
      learnt = known;
    };
    const measure = async (): Promise<{ co2eq: number; tvoc: number; warm: boolean }> => {
      try {
        if (startedAt === undefined) await start();
        const [co2eq, tvoc] = await sensirionAsk(
          device,
          sensirionCommand(MEASURE_AIR_QUALITY),
          MEASURE_MS,
          2,
        );
        return { co2eq: co2eq!, tvoc: tvoc!, warm: device.now() - startedAt! >= WARM_UP_MS };
      } catch (error) {
        // One that does not answer may have lost its power, and without its init it would say 400 and 0 for ever.
        if (error instanceof SensorFault && error.reason === 'nak') startedAt = undefined;
        throw error;
      }
    };
    if (!(await isSgp30(device)))
      throw new SensorFault('malformed', 'its feature set is not that of a SGP30');
    await start();
    return {
      async read() {
        const { co2eq, tvoc, warm } = await measure();
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
