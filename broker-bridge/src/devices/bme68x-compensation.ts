import { i8, i16le, u16le } from './bytes.ts';

/** Where the calibration of a BME680 or BME688 is (section 3.3, "Data processing"): two blocks, and bytes for the heater and gas. */
export const BME68X_BLOCKS = {
  low: { register: 0x8a, length: 23 },
  high: { register: 0xe1, length: 14 },
  resHeatValue: 0x00,
  resHeatRange: 0x02,
  rangeSwitchingError: 0x04,
} as const;

/** Calibration words by their names in the datasheet: par_t1 is t[0], and so on. */
export type Bme68xParameters = {
  t: number[];
  p: number[];
  h: number[];
  g: number[];
  resHeatValue: number;
  resHeatRange: number;
  rangeSwitchingError: number;
};

/** From the two blocks and the three bytes, in the order of BME68X_BLOCKS. */
export function bme68xParameters(
  low: Uint8Array,
  high: Uint8Array,
  gas: readonly [Uint8Array, Uint8Array, Uint8Array],
): Bme68xParameters {
  const a = (register: number): number => register - BME68X_BLOCKS.low.register;
  const b = (register: number): number => register - BME68X_BLOCKS.high.register;
  const middle = high[b(0xe2)]!;
  return {
    t: [u16le(high, b(0xe9)), i16le(low, a(0x8a)), i8(low, a(0x8c))],
    p: [
      u16le(low, a(0x8e)),
      i16le(low, a(0x90)),
      i8(low, a(0x92)),
      i16le(low, a(0x94)),
      i16le(low, a(0x96)),
      i8(low, a(0x99)),
      i8(low, a(0x98)),
      i16le(low, a(0x9c)),
      i16le(low, a(0x9e)),
      low[a(0xa0)]!,
    ],
    // H1 and H2 are 12 bits each and share register 0xE2.
    h: [
      (high[b(0xe3)]! << 4) | (middle & 0x0f),
      (high[b(0xe1)]! << 4) | (middle >> 4),
      i8(high, b(0xe4)),
      i8(high, b(0xe5)),
      i8(high, b(0xe6)),
      high[b(0xe7)]!,
      i8(high, b(0xe8)),
    ],
    g: [i8(high, b(0xed)), i16le(high, b(0xeb)), i8(high, b(0xee))],
    resHeatValue: i8(gas[0]),
    resHeatRange: (gas[1][0]! >> 4) & 0x03,
    rangeSwitchingError: i8(gas[2]) >> 4,
  };
}

/** Temperature in units of 1/5120 degC, the datasheet's t_fine (section 3.3.1). */
export function fineTemperature(adc: number, { t }: Bme68xParameters): number {
  const [t1, t2, t3] = t as [number, number, number];
  return (adc / 16384 - t1 / 1024) * t2 + (adc / 131072 - t1 / 8192) ** 2 * t3 * 16;
}

/** Pressure in Pa (section 3.3.2); undefined where the formula has none. */
export function pressureOf(adc: number, fine: number, { p }: Bme68xParameters): number | undefined {
  const [p1, p2, p3, p4, p5, p6, p7, p8, p9, p10] = p as [number, ...number[]];
  const t = fine / 2 - 64000;
  const offset = ((t * t * p6!) / 131072 + t * p5! * 2) / 4 + p4! * 65536;
  const slope = (1 + ((p3! * t * t) / 16384 + p2! * t) / 524288 / 32768) * p1;
  if (slope === 0) return undefined;
  const raw = ((1048576 - adc - offset / 4096) * 6250) / slope;
  const square = (p9! * raw * raw) / 2147483648;
  const cube = ((raw / 256) ** 3 * p10!) / 131072;
  return raw + (square + (raw * p8!) / 32768 + cube + p7! * 128) / 16;
}

/** Relative humidity in %, held within 0 and 100 (section 3.3.3); `temperature` in degC. */
export function humidityOf(adc: number, temperature: number, { h }: Bme68xParameters): number {
  const [h1, h2, h3, h4, h5, h6, h7] = h as [number, ...number[]];
  const linear =
    (adc - (h1 * 16 + (h3! / 2) * temperature)) *
    ((h2! / 262144) * (1 + (h4! / 16384) * temperature + (h5! / 1048576) * temperature * temperature));
  const humidity = linear + (h6! / 16384 + (h7! / 2097152) * temperature) * linear * linear;
  return Math.min(100, Math.max(0, humidity));
}

/** By how much each of the 16 ranges of the BME680's gas converter is off (section 3.4.1, const_array1 and const_array2). */
const GAIN = [1, 1, 1, 1, 1, 0.99, 1, 0.992, 1, 1, 0.998, 0.995, 1, 0.99, 1, 1];
const SCALE: Readonly<Record<number, number>> = { 4: 1.001, 5: 1.007, 7: 0.992, 8: 0.999 };

/** Gas resistance of a BME680 in Ohm (section 3.4.1). */
export function gasOf680(adc: number, range: number, { rangeSwitchingError }: Bme68xParameters): number {
  const gain = (1340 + 5 * rangeSwitchingError) * GAIN[range]!;
  return (gain * (8_000_000 / 2 ** range / (SCALE[range] ?? 1))) / (adc - 512 + gain);
}

/** Gas resistance of a BME688 in Ohm (section 3.6.1 of its datasheet, "Gas resistance"). */
export const gasOf688 = (adc: number, range: number): number =>
  (1_000_000 * Math.floor(262144 / 2 ** range)) / (4096 + 3 * (adc - 512));

/** The heater's set point for a temperature in degC, at an ambient one (section 3.3.5), within its 8 bits. */
export function heaterCode(target: number, ambient: number, parameters: Bme68xParameters): number {
  const [g1, g2, g3] = parameters.g as [number, number, number];
  const hot = (g1 / 16 + 49) * (1 + ((g2 / 32768) * 0.0005 + 0.00235) * target) + (g3 / 1024) * ambient;
  const code = 3.4 * ((hot * 4) / (4 + parameters.resHeatRange) / (1 + parameters.resHeatValue * 0.002) - 25);
  return Number.isFinite(code) ? Math.min(255, Math.max(0, Math.floor(code))) : 0;
}
