/**
 * Sensors give decimals such as 21.7, which a single does not hold but does tell apart: it has about seven digits. So a
 * single on the wire stands for the decimal nearest to it (cbor-x calls this DECIMAL_FIT), and a sender uses
 * one only when that decimal is the very value. The rule for other languages is in firmware-notes/wire.md.
 */

/** 10^k by the biased exponent of a single (IEEE 754 section 3.4): as many decimal places as it surely has. */
const POWERS = Array.from({ length: 256 }, (_, exponent) =>
  Number(`1e${Math.floor(45.15 - exponent * 0.30103)}`),
);

const single = new DataView(new ArrayBuffer(4));

/** The value that a single stands for. `value` is finite and in single precision. */
export function decimalOfSingle(value: number): number {
  single.setFloat32(0, value);
  const power = POWERS[(single.getUint16(0) >> 7) & 0xff]!;
  return Math.trunc(value * power + (value > 0 ? 0.5 : -0.5)) / power;
}

/** True when a single keeps the value exactly. The range is what cbor-x writes as single. */
export const fitsSingle = (value: number): boolean =>
  value >= -0x80000000 && value < 0x100000000 && decimalOfSingle(Math.fround(value)) === value;
