import { type Static, type TObject, Type } from '@sinclair/typebox';
import {
  BME68X_BLOCKS,
  bme68xParameters,
  fineTemperature,
  gasOf680,
  gasOf688,
  heaterCode,
  humidityOf,
  pressureOf,
} from '../bme68x-compensation.ts';
import { BOSCH_RESET, calibrationBytes, checkId, oneOf, oversampling, oversamplingCode } from '../bosch.ts';
import { u16be, u24be } from '../bytes.ts';
import { type I2cDevice, i2cChip, type OpenChip } from '../i2c-chip.ts';
import { absent, type Reading, type ValueSpec } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers (BME680, section 5.2, "Memory map"; BME688 alike). */
const DATA = 0x1d;
const RES_HEAT_0 = 0x5a;
const GAS_WAIT_0 = 0x64;
const CTRL_GAS_0 = 0x70;
const CTRL_GAS_1 = 0x71;
const CTRL_HUM = 0x72;
const CTRL_MEAS = 0x74;
const CONFIG = 0x75;
const ID = 0xd0;
const RESET = 0xe0;
const VARIANT = 0xf0;
/** Both have this id and differ in their variant. */
const IDS = [0x61];
const FORCED = 0x01;
const MODE = 0x03;
const HEATER_OFF = 0x08;
/** meas_status_0: new data; measuring gas, or the others. */
const NEW_DATA = 0x80;
const MEASURING = 0x60;
/** Low byte of the gas resistance: measured in this reading; at the temperature that was set. */
const GAS_VALID = 0x20;
const HEATER_STABLE = 0x10;
/** What the data registers hold of a value that was not measured. */
const SKIPPED_20 = 0x80000;
const SKIPPED_16 = 0x8000;
const RESET_MS = 10;
const LATE = { tries: 11, every: 2 };
/** Bosch's code gives typical times of measuring only: 1.963 ms for each sample, 0.477 ms for each of nine switches, 1 ms to wake. */
const SLOWEST = 1.2;
/** For the first heating, before there was a reading. */
const ROOM = 25;

const OPTIONS = {
  temperatureOversampling: oversampling('temperature'),
  pressureOversampling: oversampling('pressure'),
  humidityOversampling: oversampling('humidity'),
  filter: oneOf(
    [1, 3, 7, 15, 31, 63, 127],
    'coefficient of the IIR filter for temperature and pressure: 1, 3, 7, 15, 31, 63 or 127; none if not given',
  ),
  gas: Type.Optional(
    Type.Boolean({
      description: 'false to leave the gas heater off, which warms the chip; there is no gasResistance then',
    }),
  ),
  heaterTemperature: Type.Optional(
    Type.Integer({
      minimum: 200,
      maximum: 400,
      description: 'temperature of the gas heater in degC, 200 to 400; 320 if not given',
    }),
  ),
  heaterDuration: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 4032,
      description: 'how long it heats before it measures gas, in ms, 1 to 4032; 150 if not given',
    }),
  ),
};
type Options = Static<TObject<typeof OPTIONS>>;

const KEYS = ['temperature', 'humidity', 'pressure', 'gasResistance'];
const values = ({ gas = true }: Options, ohms: readonly [number, number]): ValueSpec[] => [
  { key: 'temperature', unit: 'Cel', range: [-40, 85], about: 'temperature' },
  { key: 'humidity', unit: '%', range: [0, 100], about: 'relative humidity' },
  { key: 'pressure', unit: 'hPa', range: [300, 1100], about: 'air pressure' },
  ...(gas
    ? [{ key: 'gasResistance', unit: 'Ohm', range: ohms, about: 'gas sensor; falls with volatile compounds' }]
    : []),
];

/** gas_wait_0: 6 bits of ms, times 1, 4, 16 or 64 (section 5.3.3.3); rounded up. */
function waitCode(ms: number): { code: number; ms: number } {
  let factor = 0;
  while (Math.ceil(ms / 4 ** factor) > 63) factor += 1;
  const count = Math.ceil(ms / 4 ** factor);
  return { code: (factor << 6) | count, ms: count * 4 ** factor };
}

function duration(options: Options): number {
  const { temperatureOversampling = 1, pressureOversampling = 1, humidityOversampling = 1 } = options;
  const samples = temperatureOversampling + pressureOversampling + humidityOversampling;
  const heating = options.gas === false ? 0 : waitCode(options.heaterDuration ?? 150).ms;
  return Math.ceil(SLOWEST * (1.963 * samples + 9 * 0.477 + 1 + heating));
}

type Part = {
  driver: string;
  name: string;
  datasheet: string;
  variant: number;
  /** Bit of run_gas in ctrl_gas_1, and where the gas resistance begins. */
  runGas: number;
  gasAt: number;
  gas: (...of: Parameters<typeof gasOf680>) => number;
  /** Lowest and highest gas resistance that the formula gives, in Ohm. */
  ohms: readonly [number, number];
};

async function openBme68x(device: I2cDevice, part: Part, options: Options): Promise<OpenChip> {
  await checkId(device, ID, IDS);
  await checkId(device, VARIANT, [part.variant]);
  await device.write([RESET, BOSCH_RESET]);
  await device.delay(RESET_MS);
  const { low, high, ...bytes } = BME68X_BLOCKS;
  const parameters = bme68xParameters(
    await calibrationBytes(device, low.register, low.length),
    await calibrationBytes(device, high.register, high.length),
    [
      await calibrationBytes(device, bytes.resHeatValue, 1),
      await calibrationBytes(device, bytes.resHeatRange, 1),
      await calibrationBytes(device, bytes.rangeSwitchingError, 1),
    ],
  );
  const { gas = true, heaterTemperature = 320, heaterDuration = 150, filter } = options;
  const ctrlHum = oversamplingCode(options.humidityOversampling ?? 1);
  const ctrlMeas =
    (oversamplingCode(options.temperatureOversampling ?? 1) << 5) |
    (oversamplingCode(options.pressureOversampling ?? 1) << 2);
  const config = filter === undefined ? 0 : Math.log2(filter + 1) << 2;
  await device.write([CTRL_HUM, ctrlHum]);
  await device.write([CONFIG, config]);
  await device.write([GAS_WAIT_0, waitCode(heaterDuration).code]);
  await device.write([CTRL_GAS_0, gas ? 0 : HEATER_OFF]);
  await device.write([CTRL_GAS_1, gas ? part.runGas : 0]);
  let ambient = ROOM;

  return {
    async read() {
      if (gas) await device.write([RES_HEAT_0, heaterCode(heaterTemperature, ambient, parameters)]);
      await device.write([CTRL_MEAS, ctrlMeas | FORCED]);
      await device.delay(duration(options));
      let setUp: Uint8Array = new Uint8Array();
      const set = (register: number): number => setUp[register - CTRL_HUM]!;
      await untilReady(device, LATE, async () => {
        setUp = await device.read(CTRL_HUM, 4);
        return (set(CTRL_MEAS) & MODE) === 0;
      });
      // A chip that lost power in between has all three at 0.
      if ((set(CTRL_HUM) & 0x07) !== ctrlHum || set(CTRL_MEAS) !== ctrlMeas || set(CONFIG) !== config)
        throw new SensorFault('malformed', 'the chip has forgotten its set-up; did it lose power?');
      const data = await device.read(DATA, 17);
      if ((data[0]! & (NEW_DATA | MEASURING)) !== NEW_DATA)
        throw new SensorFault('busy', 'the chip has no new data');
      const rawPressure = u24be(data, 2) >> 4;
      const rawTemperature = u24be(data, 5) >> 4;
      const rawHumidity = u16be(data, 8);
      if (rawTemperature === SKIPPED_20)
        throw new SensorFault('busy', 'the chip has not measured the temperature');
      const fine = fineTemperature(rawTemperature, parameters);
      const temperature = fine / 5120;
      const pascals = pressureOf(rawPressure, fine, parameters);
      const reading: Reading = {
        temperature,
        humidity:
          rawHumidity === SKIPPED_16 ? absent('busy') : humidityOf(rawHumidity, temperature, parameters),
        pressure:
          rawPressure === SKIPPED_20
            ? absent('busy')
            : pascals === undefined
              ? absent('malformed')
              : pascals / 100,
      };
      if (!gas) return reading;
      ambient = Math.min(85, Math.max(-40, temperature));
      const word = u16be(data, part.gasAt - DATA);
      const stable = (word & GAS_VALID) !== 0 && (word & HEATER_STABLE) !== 0;
      return {
        ...reading,
        gasResistance: stable ? part.gas(word >> 6, word & 0x0f, parameters) : absent('busy'),
      };
    },
  };
}

const bme68x = (part: Part) =>
  i2cChip({
    bus: 'i2c',
    driver: part.driver,
    title: `Bosch ${part.name}: temperature, humidity, air pressure, gas resistance`,
    datasheet: part.datasheet,
    addresses: [0x76, 0x77],
    wiring: '1.71 to 3.6 V, CSB to VDDIO. SDO to ground gives 0x76, to VDDIO 0x77; it must not be left open.',
    options: OPTIONS,
    keys: KEYS,
    values: (options) => values(options, part.ohms),
    measuring: (options) => duration(options) + longestWait(LATE),
    identify: {
      by: 'register',
      async is(device) {
        await checkId(device, ID, IDS);
        await checkId(device, VARIANT, [part.variant]);
        return true;
      },
    },
    open: (device, options) => openBme68x(device, part, options),
  });

/** Bosch BME680 and BME688 in forced mode. They give the gas resistance; Bosch's air quality index is closed software. */
export const BME680 = bme68x({
  driver: 'bme680',
  name: 'BME680',
  datasheet: 'Bosch BST-BME680-DS001',
  variant: 0,
  runGas: 0x10,
  gasAt: 0x2a,
  gas: gasOf680,
  ohms: [170, 13_000_000],
});
export const BME688 = bme68x({
  driver: 'bme688',
  name: 'BME688',
  datasheet: 'Bosch BST-BME688-DS000',
  variant: 1,
  runGas: 0x20,
  gasAt: 0x2c,
  gas: gasOf688,
  ohms: [1_400, 103_000_000],
});
