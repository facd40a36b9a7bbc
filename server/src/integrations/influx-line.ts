import type { Value } from '@perch/broker-bridge/protocol/values.ts';
import type { RecordRow } from '../store/contract.ts';

// Line protocol (docs.influxdata.com, "Line protocol reference"): measurement,tags fields timestamp.

const MEASUREMENT = 'perch';

/** Keys, and values of tags: what separates has a backslash before it. Pure. */
const escaped = (text: string): string => text.replaceAll(/[,= ]/g, '\\$&');
/** What no escape helps: a line ends at a line feed, and InfluxDB does not read a backslash before one of those as itself. */
const UNSENDABLE = /[\r\n\\]/;

/** A value of a field; undefined: there is no form for it. Pure. */
function fieldOf(value: Value): string | undefined {
  if (typeof value === 'string') return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'boolean') return String(value);
  // Always a float: a field that was an integer first would take no float later.
  return Number.isFinite(value) ? String(value) : undefined;
}

/**
 * A record as a point: the alias is its tag, each item a field, the end of the period its time in ms. Errors are left out.
 * Undefined where nothing is left. Pure.
 */
export function lineOf({
  alias,
  timestamp,
  values,
}: Pick<RecordRow, 'alias' | 'timestamp' | 'values'>): string | undefined {
  const fields = [];
  for (const [name, value] of Object.entries(values)) {
    const field = fieldOf(value);
    if (field !== undefined && name !== '' && !UNSENDABLE.test(name))
      fields.push(`${escaped(name)}=${field}`);
  }
  if (fields.length === 0) return undefined;
  return `${MEASUREMENT},alias=${escaped(alias)} ${fields.join(',')} ${timestamp}`;
}
