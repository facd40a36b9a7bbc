import type { Conversion } from '@perch/broker-bridge/config/common.ts';
import { NUMBER_SIZES, type NumberType } from '@perch/broker-bridge/config/number-types.ts';
import { bitField } from './bit-field.ts';
import type { SampleBuilder } from './sample.ts';

/** A number in its bytes, high byte first; undefined for a whole number beyond 2^53, which no double has exactly. */
export function numberOf(bytes: Uint8Array, type: NumberType, bits?: readonly number[]): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === 'f32') return view.getFloat32(0);
  if (type === 'f64') return view.getFloat64(0);
  const [high = NUMBER_SIZES[type] * 8 - 1, low = 0] = bits ?? [];
  const whole = bitField(bytes, { signed: type.startsWith('i'), bits: [high, low] });
  return Number.isSafeInteger(whole) ? whole : undefined;
}

/** How a field is read: its type, the bits of it that count, and what becomes of the number. */
export type NumberField = { key: string; type: NumberType; bits?: readonly number[] } & Conversion;

/** Adds the number in these bytes, high byte first, to a sample. A whole number beyond 2^53 is `range`. */
export function addNumber(builder: SampleBuilder, bytes: Uint8Array, field: NumberField): void {
  const number = numberOf(bytes, field.type, field.bits);
  if (number === undefined) builder.fail(field.key, 'range');
  else builder.number(field.key, number, field);
}
