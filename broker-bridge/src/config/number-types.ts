import type { SensorFault } from './common.ts';

/** Bytes of each type of number that a device may send. */
export const NUMBER_SIZES = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u24: 3,
  i24: 3,
  u32: 4,
  i32: 4,
  f32: 4,
  u64: 8,
  i64: 8,
  f64: 8,
} as const;
export type NumberType = keyof typeof NUMBER_SIZES;

const isFloat = (type: NumberType): boolean => type === 'f32' || type === 'f64';

/** Faults of "bits": of a number with a point, or beyond the number. */
export function bitsFaults(
  field: { type: NumberType; bits?: readonly [number, number] | readonly number[] },
  path: (string | number)[],
): SensorFault[] {
  if (!field.bits) return [];
  const [high = 0, low = 0] = field.bits;
  if (isFloat(field.type))
    return [
      { path: [...path, 'bits'], message: `${field.type} has no bits to take`, hint: 'drop it, or take u32' },
    ];
  const width = NUMBER_SIZES[field.type] * 8;
  return high < low || high >= width
    ? [
        {
          path: [...path, 'bits'],
          message: `bits [${high}, ${low}] do not lie in ${field.type}`,
          hint: `write the highest bit first; the highest of ${field.type} is ${width - 1}`,
        },
      ]
    : [];
}
