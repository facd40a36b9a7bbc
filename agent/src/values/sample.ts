import type { Conversion } from '@perch/broker-bridge/config/common.ts';
import { type Reason, TEXT_VALUE_LIMIT, type Value } from '@perch/broker-bridge/protocol/values.ts';
import { alongPoints } from './points.ts';

/** What one reading of a sensor gave, by key. A key is in one of the two maps, never in both. */
export type Sample = { values: Map<string, Value>; errors: Map<string, Reason> };

/** A decimal number as devices write it: no hexadecimal, no "Infinity", no empty text. */
const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/** The number in a text, or undefined. */
export function numberIn(text: string): number | undefined {
  const trimmed = text.trim();
  return NUMBER.test(trimmed) ? Number(trimmed) : undefined;
}

// Scaling by 0.001 leaves digits such as 48.312000000000005; twelve significant digits are more than any sensor has.
export const tidy = (value: number): number =>
  Number.isInteger(value) ? value : Number(value.toPrecision(12));

function unscaled(raw: number, { scale, offset, polynomial, table }: Conversion): number | undefined {
  if (table) {
    const [first, last] = [table[0]!, table.at(-1)!];
    return raw < first[0] || raw > last[0] ? undefined : tidy(alongPoints(table, raw));
  }
  if (polynomial) return tidy(polynomial.reduceRight((sum, coefficient) => sum * raw + coefficient, 0));
  return scale === undefined && offset === undefined ? raw : tidy(raw * (scale ?? 1) + (offset ?? 0));
}

/**
 * The value of a raw number: raw * scale + offset, a polynomial, or a table with straight lines between its points. Else the
 * reason why there is none: `malformed` if not finite, `range` if not plausible or beyond the table.
 */
export function convert(raw: number, conversion: Conversion): { value: number } | { reason: Reason } {
  if (!Number.isFinite(raw)) return { reason: 'malformed' };
  const value = unscaled(raw, conversion);
  if (value === undefined) return { reason: 'range' };
  if (!Number.isFinite(value)) return { reason: 'malformed' };
  const { range } = conversion;
  return range && (value < range[0] || value > range[1]) ? { reason: 'range' } : { value };
}

/** Collects a sample; the last word on a key counts. */
export class SampleBuilder {
  readonly sample: Sample = { values: new Map(), errors: new Map() };

  /** A number, undefined being one that could not be read. */
  number(key: string, raw: number | undefined, conversion: Conversion = {}): void {
    const result = raw === undefined ? { reason: 'malformed' as const } : convert(raw, conversion);
    if ('value' in result) this.value(key, result.value);
    else this.fail(key, result.reason);
  }

  /** A text or a boolean; text over TEXT_VALUE_LIMIT bytes is `malformed`. */
  value(key: string, value: Value): void {
    const bad =
      typeof value === 'string'
        ? Buffer.byteLength(value) > TEXT_VALUE_LIMIT
        : typeof value === 'number' && !Number.isFinite(value);
    if (bad) {
      this.fail(key, 'malformed');
      return;
    }
    this.sample.errors.delete(key);
    this.sample.values.set(key, value);
  }

  fail(key: string, reason: Reason): void {
    this.sample.values.delete(key);
    this.sample.errors.set(key, reason);
  }
}
