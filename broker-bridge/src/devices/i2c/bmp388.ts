import type { Static } from '@sinclair/typebox';
import { BOSCH_RESET, calibrationBytes, checkId, hasId, oneOf } from '../bosch.ts';
import { i8, i16le, u16le, u24le } from '../bytes.ts';
import { type I2cDevice, i2cChip, type OpenChip } from '../i2c-chip.ts';
import { absent, type ValueSpec } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers (BMP388 and BMP390, section 4.2, "Memory map"). */
const ID = 0x00;
const ERROR = 0x02;
const STATUS = 0x03;
const DATA = 0x04;
const POWER = 0x1b;
const OSR = 0x1c;
const CONFIG = 0x1f;
const CALIBRATION = 0x31;
const COMMAND = 0x7e;
/** STATUS: ready for commands; pressure and temperature are there. */
const COMMAND_READY = 0x10;
const DATA_READY = 0x60;
const FATAL = 0x01;
/** PWR_CTRL: both sensors on; forced mode, which goes back to 0 (sleep) after one measurement. */
const SENSORS_ON = 0x03;
const FORCED = 0x10;
/** What the data registers hold before there was a measurement. */
const NONE = 0x800000;
/** Start-up after power-on or reset takes 2 ms at most. */
const STARTUP_MS = 2;
const LATE = { tries: 6, every: 2 };
/** The datasheet gives typical times of measuring only. */
const SLOWEST = 1.2;

const times = (of: string) =>
  oneOf(
    [1, 2, 4, 8, 16, 32],
    `measurements that go into one value of ${of}: 1 (as if not given), 2, 4, 8, 16 or 32`,
  );
const OPTIONS = {
  temperatureOversampling: times('temperature'),
  pressureOversampling: times('pressure'),
  filter: oneOf(
    [1, 3, 7, 15, 31, 63, 127],
    'coefficient of the IIR filter for temperature and pressure: 1, 3, 7, 15, 31, 63 or 127; none if not given',
  ),
};
type Times = NonNullable<Static<ReturnType<typeof times>>>;
type Options = {
  temperatureOversampling?: Times;
  pressureOversampling?: Times;
  filter?: 1 | 3 | 7 | 15 | 31 | 63 | 127;
};

const VALUES: readonly ValueSpec[] = [
  { key: 'temperature', unit: 'Cel', range: [-40, 85], about: 'temperature' },
  { key: 'pressure', unit: 'hPa', range: [300, 1250], about: 'air pressure' },
];

/** 234 us + (392 us + times * 2020 us) + (163 us + times * 2020 us) ("Measurement rate in forced mode and normal mode"). */
const duration = ({ temperatureOversampling = 1, pressureOversampling = 1 }: Options): number =>
  Math.ceil(
    SLOWEST * (0.234 + (0.392 + 2.02 * pressureOversampling) + (0.163 + 2.02 * temperatureOversampling)),
  );

/** Calibration as floating point numbers (section 9.1, "Calibration coefficient"). */
function coefficients(nvm: Uint8Array) {
  return {
    t: [u16le(nvm, 0) * 2 ** 8, u16le(nvm, 2) / 2 ** 30, i8(nvm, 4) / 2 ** 48],
    p: [
      (i16le(nvm, 5) - 2 ** 14) / 2 ** 20,
      (i16le(nvm, 7) - 2 ** 14) / 2 ** 29,
      i8(nvm, 9) / 2 ** 32,
      i8(nvm, 10) / 2 ** 37,
      u16le(nvm, 11) * 2 ** 3,
      u16le(nvm, 13) / 2 ** 6,
      i8(nvm, 15) / 2 ** 8,
      i8(nvm, 16) / 2 ** 15,
      i16le(nvm, 17) / 2 ** 48,
      i8(nvm, 19) / 2 ** 48,
      i8(nvm, 20) / 2 ** 65,
    ],
  } as { t: [number, number, number]; p: number[] };
}
type Coefficients = ReturnType<typeof coefficients>;

/** degC (section 9.2, "Temperature compensation"). */
function temperatureOf(raw: number, { t: [t1, t2, t3] }: Coefficients): number {
  const above = raw - t1;
  return above * t2 + above * above * t3;
}

/** a0 + a1 * x + a2 * x^2 and so on. */
const polynomial = (x: number, ...a: readonly number[]): number =>
  a.reduceRight((sum, factor) => sum * x + factor, 0);

/** Pa (section 9.3, "Pressure compensation"). */
function pressureOf(raw: number, temperature: number, { p }: Coefficients): number {
  const [p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11] = p as [number, ...number[]];
  return polynomial(
    raw,
    polynomial(temperature, p5!, p6!, p7!, p8!),
    polynomial(temperature, p1, p2!, p3!, p4!),
    polynomial(temperature, p9!, p10!),
    p11!,
  );
}

async function openBmp3(device: I2cDevice, id: number, options: Options): Promise<OpenChip> {
  await checkId(device, ID, [id]);
  await device.write([COMMAND, BOSCH_RESET]);
  await device.delay(STARTUP_MS);
  await untilReady(device, LATE, async () => ((await device.read(STATUS, 1))[0]! & COMMAND_READY) !== 0);
  const nvm = coefficients(await calibrationBytes(device, CALIBRATION, 21));
  const { temperatureOversampling = 1, pressureOversampling = 1, filter } = options;
  const osr = (Math.log2(temperatureOversampling) << 3) | Math.log2(pressureOversampling);
  const config = filter === undefined ? 0 : Math.log2(filter + 1) << 1;
  await device.write([OSR, osr]);
  await device.write([CONFIG, config]);
  const measuringMs = duration(options);

  return {
    async read() {
      await device.write([POWER, SENSORS_ON | FORCED]);
      await device.delay(measuringMs);
      // Without the data, whose reading clears these bits: one may come before the other.
      await untilReady(device, LATE, async () => {
        const [error, status] = await device.read(ERROR, 2);
        if (error! & FATAL) throw new SensorFault('malformed', 'the chip reports a fatal error');
        return (status! & DATA_READY) === DATA_READY;
      });
      const data = await device.read(DATA, 6);
      // A chip that lost power in between has all three at 0.
      const setUp = await device.read(POWER, 5);
      if (setUp[0] !== SENSORS_ON || setUp[1] !== osr || setUp[4] !== config)
        throw new SensorFault('malformed', 'the chip has forgotten its set-up; did it lose power?');
      const rawPressure = u24le(data, 0);
      const rawTemperature = u24le(data, 3);
      if (rawTemperature === NONE) throw new SensorFault('busy', 'the chip has not measured the temperature');
      const temperature = temperatureOf(rawTemperature, nvm);
      return {
        temperature,
        pressure: rawPressure === NONE ? absent('busy') : pressureOf(rawPressure, temperature, nvm) / 100,
      };
    },
  };
}

const bmp3 = (driver: string, part: string, datasheet: string, id: number) =>
  i2cChip({
    bus: 'i2c',
    driver,
    title: `Bosch ${part}: temperature, air pressure`,
    datasheet,
    addresses: [0x77, 0x76],
    wiring: '1.65 to 3.6 V, CSB to VDDIO. SDO to VDDIO gives 0x77, to ground 0x76; it must not be left open.',
    options: OPTIONS,
    keys: ['temperature', 'pressure'],
    values: () => VALUES,
    measuring: (options) => duration(options) + longestWait(LATE),
    identify: { by: 'register', is: hasId(ID, [id]) },
    open: (device, options) => openBmp3(device, id, options),
  });

/** Bosch BMP388 and BMP390 in forced mode: they sleep between readings. They differ in their ids alone. */
export const BMP388 = bmp3('bmp388', 'BMP388', 'Bosch BST-BMP388-DS001', 0x50);
export const BMP390 = bmp3('bmp390', 'BMP390', 'Bosch BST-BMP390-DS002', 0x60);
