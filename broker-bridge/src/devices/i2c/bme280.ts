import {
  BOSCH_RESET,
  calibrationBytes,
  checkId,
  hasId,
  type Oversampling,
  oneOf,
  oversampling,
  oversamplingCode,
} from '../bosch.ts';
import { i8, i16le, u16be, u16le, u24be } from '../bytes.ts';
import { type I2cDevice, i2cChip, type OpenChip } from '../i2c-chip.ts';
import { absent, type ValueSpec } from '../reading.ts';
import { longestWait, untilReady } from '../ready.ts';
import { SensorFault } from '../sensor-fault.ts';

/** Registers (BME280, section 5.3, "Memory map"; BMP280, section 4.2). */
const CALIBRATION = 0x88;
const ID = 0xd0;
const RESET = 0xe0;
const HUMIDITY_CALIBRATION = 0xe1;
const CTRL_HUM = 0xf2;
const STATUS = 0xf3;
const CTRL_MEAS = 0xf4;
const CONFIG = 0xf5;
/** Status: measuring, and copying the calibration after a reset ("Register 0xF3 status"). */
const MEASURING = 0x08;
const COPYING = 0x01;
const FORCED = 0x01;
const MODE = 0x03;
/** What the data registers hold of a value that was not measured ("Register 0xF7..0xF9 press" and following). */
const SKIPPED_20 = 0x80000;
const SKIPPED_16 = 0x8000;
/** Start-up time is 2 ms ("Electrical parameter specification"). */
const STARTUP_MS = 2;
/** A chip may be late by 10 ms. */
const LATE = { tries: 6, every: 2 };

const BME280_IDS = [0x60];
/** 0x56 and 0x57 are early samples of the BMP280. */
const BMP280_IDS = [0x58, 0x57, 0x56];

type Options = {
  temperatureOversampling?: Oversampling;
  pressureOversampling?: Oversampling;
  humidityOversampling?: Oversampling;
  filter?: 2 | 4 | 8 | 16;
};

const BASIC = {
  temperatureOversampling: oversampling('temperature'),
  pressureOversampling: oversampling('pressure'),
  filter: oneOf(
    [2, 4, 8, 16],
    'coefficient of the IIR filter for temperature and pressure: 2, 4, 8 or 16; none if not given',
  ),
};
const TEMPERATURE: ValueSpec = { key: 'temperature', unit: 'Cel', range: [-40, 85], about: 'temperature' };
const PRESSURE: ValueSpec = { key: 'pressure', unit: 'hPa', range: [300, 1100], about: 'air pressure' };
const HUMIDITY: ValueSpec = { key: 'humidity', unit: '%', range: [0, 100], about: 'relative humidity' };

/** Longest measurement in ms (BME280, section 9.1, "Measurement time"; BMP280, section 3.8.1 has the same numbers). */
const longest = (
  { temperatureOversampling = 1, pressureOversampling = 1, humidityOversampling = 1 }: Options,
  humid: boolean,
): number =>
  Math.ceil(
    1.25 +
      2.3 * temperatureOversampling +
      (2.3 * pressureOversampling + 0.575) +
      (humid ? 2.3 * humidityOversampling + 0.575 : 0),
  );

/** Calibration words by their names in the datasheet ("Trimming parameter readout"). */
type Trimming = { t: number[]; p: number[]; h: number[] };

function trimmingOf(low: Uint8Array, high: Uint8Array | undefined): Trimming {
  const signed = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => i16le(low, from + 2 * index));
  return {
    t: [u16le(low, 0), ...signed(2, 2)],
    p: [u16le(low, 6), ...signed(8, 8)],
    // H4 and H5 are 12 bits each, signed, and share register 0xE5.
    h: high
      ? [
          low[25]!,
          i16le(high, 0),
          high[2]!,
          i8(high, 3) * 16 + (high[4]! & 0x0f),
          i8(high, 5) * 16 + (high[4]! >> 4),
          i8(high, 6),
        ]
      : [],
  };
}

/** Temperature in units of 1/5120 degC (BMP280, section 8.1, "Compensation formula in double precision floating point"). */
function fineTemperature(adc: number, { t }: Trimming): number {
  const [t1, t2, t3] = t as [number, number, number];
  const coarse = (adc / 16384 - t1 / 1024) * t2;
  return coarse + (adc / 131072 - t1 / 8192) ** 2 * t3;
}

/** Pressure in Pa (same section); undefined where the formula has none. `fine` keeps its fraction, as in section 3.12. */
function pressureOf(adc: number, fine: number, { p }: Trimming): number | undefined {
  const [p1, p2, p3, p4, p5, p6, p7, p8, p9] = p as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const t = fine / 2 - 64000;
  const offset = ((t * t * p6) / 32768 + t * p5 * 2) / 4 + p4 * 65536;
  const slope = (1 + ((p3 * t * t) / 524288 + p2 * t) / 524288 / 32768) * p1;
  if (slope === 0) return undefined;
  const raw = ((1048576 - adc - offset / 4096) * 6250) / slope;
  return raw + ((p9 * raw * raw) / 2147483648 + (raw * p8) / 32768 + p7) / 16;
}

/** Relative humidity in %, held within 0 and 100 as there (BME280, section 8.1). */
function humidityOf(adc: number, fine: number, { h }: Trimming): number {
  const [h1, h2, h3, h4, h5, h6] = h as [number, number, number, number, number, number];
  const t = fine - 76800;
  const linear =
    (adc - (h4 * 64 + (h5 / 16384) * t)) *
    ((h2 / 65536) * (1 + (h6 / 67108864) * t * (1 + (h3 / 67108864) * t)));
  return Math.min(100, Math.max(0, linear * (1 - (h1 * linear) / 524288)));
}

async function openBmx(
  device: I2cDevice,
  ids: readonly number[],
  options: Options,
  humid: boolean,
): Promise<OpenChip> {
  await checkId(device, ID, ids);
  await device.write([RESET, BOSCH_RESET]);
  await device.delay(STARTUP_MS);
  await untilReady(device, LATE, async () => {
    const [status] = await device.read(STATUS, 1);
    return (status! & COPYING) === 0;
  });
  const trimming = trimmingOf(
    await calibrationBytes(device, CALIBRATION, 26),
    humid ? await calibrationBytes(device, HUMIDITY_CALIBRATION, 7) : undefined,
  );
  const ctrlHum = oversamplingCode(options.humidityOversampling ?? 1);
  const ctrlMeas =
    (oversamplingCode(options.temperatureOversampling ?? 1) << 5) |
    (oversamplingCode(options.pressureOversampling ?? 1) << 2);
  const config = options.filter === undefined ? 0 : Math.log2(options.filter) << 2;
  await device.write([CONFIG, config]);
  // It takes effect with the next write to ctrl_meas ("Register 0xF2 ctrl_hum").
  if (humid) await device.write([CTRL_HUM, ctrlHum]);
  const first = humid ? CTRL_HUM : STATUS;
  const last = humid ? 0xfe : 0xfc;

  return {
    async read() {
      await device.write([CTRL_MEAS, ctrlMeas | FORCED]);
      await device.delay(longest(options, humid));
      let bytes: Uint8Array = new Uint8Array();
      const at = (register: number): number => bytes[register - first]!;
      await untilReady(device, LATE, async () => {
        bytes = await device.read(first, last - first + 1);
        return (at(STATUS) & (MEASURING | COPYING)) === 0;
      });
      // The set-up comes with the data, so that a chip that lost power in between is found out.
      if (at(CTRL_MEAS) !== ctrlMeas || at(CONFIG) !== config || (humid && at(CTRL_HUM) !== ctrlHum))
        throw new SensorFault(
          'malformed',
          (at(CTRL_MEAS) & MODE) === 0
            ? 'the chip has forgotten its set-up; did it lose power?'
            : 'the chip has not gone back to sleep',
        );
      const rawPressure = u24be(bytes, 0xf7 - first) >> 4;
      const rawTemperature = u24be(bytes, 0xfa - first) >> 4;
      // Without a temperature there is nothing to compensate the others with.
      if (rawTemperature === SKIPPED_20)
        throw new SensorFault('busy', 'the chip has not measured the temperature');
      const fine = fineTemperature(rawTemperature, trimming);
      const pascals = pressureOf(rawPressure, fine, trimming);
      const reading = {
        temperature: fine / 5120,
        pressure:
          rawPressure === SKIPPED_20
            ? absent('busy')
            : pascals === undefined
              ? absent('malformed')
              : pascals / 100,
      };
      if (!humid) return reading;
      const rawHumidity = u16be(bytes, 0xfd - first);
      return {
        ...reading,
        humidity: rawHumidity === SKIPPED_16 ? absent('busy') : humidityOf(rawHumidity, fine, trimming),
      };
    },
  };
}

/** Bosch BME280 in forced mode: it sleeps between readings and does not heat itself. */
export const BME280 = i2cChip({
  bus: 'i2c',
  driver: 'bme280',
  title: 'Bosch BME280: temperature, humidity, air pressure',
  datasheet: 'Bosch BST-BME280-DS002',
  addresses: [0x76, 0x77],
  wiring: '1.71 to 3.6 V, CSB to VDDIO. SDO to ground gives 0x76, to VDDIO 0x77; it must not be left open.',
  options: { ...BASIC, humidityOversampling: oversampling('humidity') },
  keys: ['temperature', 'humidity', 'pressure'],
  values: () => [TEMPERATURE, HUMIDITY, PRESSURE],
  measuring: (options) => longest(options, true) + longestWait(LATE),
  identify: { by: 'register', is: hasId(ID, BME280_IDS) },
  open: (device, options) => openBmx(device, BME280_IDS, options, true),
});

/** Bosch BMP280, the same without humidity. */
export const BMP280 = i2cChip({
  bus: 'i2c',
  driver: 'bmp280',
  title: 'Bosch BMP280: temperature, air pressure',
  datasheet: 'Bosch BST-BMP280-DS001',
  addresses: [0x76, 0x77],
  wiring: '1.71 to 3.6 V, CSB to VDDIO. SDO to ground gives 0x76, to VDDIO 0x77; it must not be left open.',
  options: BASIC,
  keys: ['temperature', 'pressure'],
  values: () => [TEMPERATURE, PRESSURE],
  measuring: (options) => longest(options, false) + longestWait(LATE),
  identify: { by: 'register', is: hasId(ID, BMP280_IDS) },
  open: (device, options) => openBmx(device, BMP280_IDS, options, false),
});
