import { encodeItem, encodeStruct } from '@perch/broker-bridge/protocol/codec.ts';
import type { WireReasons, WireValues } from '@perch/broker-bridge/protocol/fields.ts';
import { ORIGINS_PER_MESSAGE } from '@perch/broker-bridge/protocol/limits.ts';
import { RECORD } from '@perch/broker-bridge/protocol/messages.ts';
import type { ReasonMap, ValueMap } from '@perch/broker-bridge/protocol/values.ts';
import { ITEMS_LIMIT } from '@perch/broker-bridge/protocol/values.ts';
import type { OutboxRecord, TakenRecord } from './outbox/record.ts';

/** Bytes of records in one Monitor Record message, below REQUEST_LIMIT with room for what is around them. */
export const BATCH_BYTES = 24 * 1024;

/** The value map as it travels: items that the config numbers by number, others by name. Pure. */
export function toWire<V>(
  items: Map<string, V>,
  numbers: ReadonlyMap<string, number>,
): Map<number | string, V> {
  const wire = new Map<number | string, V>();
  for (const [name, value] of items) {
    if (wire.size >= ITEMS_LIMIT) break;
    wire.set(numbers.get(name) ?? name, value);
  }
  return wire;
}

/** The longest that stands around the values of a record. */
const LONGEST = {
  number: Number.MAX_SAFE_INTEGER,
  timestamp: Number.MAX_SAFE_INTEGER,
  per: 2 ** 32 - 1,
  configVersion: 2 ** 32 - 1,
  unsynchronised: true,
  boot: ORIGINS_PER_MESSAGE - 1,
  version: ORIGINS_PER_MESSAGE - 1,
};

/** Bytes that a record takes in a message or a block, at most. */
export function recordBytes({
  values,
  errors,
  sinceBoot,
}: Pick<OutboxRecord, 'values' | 'errors' | 'sinceBoot'>): number {
  const rest = {
    ...(errors === undefined ? {} : { errors }),
    ...(sinceBoot === undefined ? {} : { sinceBoot }),
  };
  try {
    return encodeStruct(RECORD.fields, { ...LONGEST, values, ...rest }, 'record').length;
  } catch {
    return encodeItem(values).length; // no message can carry it, whatever its length
  }
}

type Taken = Omit<TakenRecord, 'values' | 'errors'>;

/**
 * A sample as records. Nearly always one; a value map that is too long for a message becomes several records of the
 * same moment, so that nothing is left out. Pure.
 */
export function recordsOf(
  taken: Taken,
  sample: { values: ValueMap; errors: ReasonMap },
  numbers: ReadonlyMap<string, number>,
): TakenRecord[] {
  const values = toWire(sample.values, numbers);
  const errors = toWire(sample.errors, numbers);
  return split(taken, values, errors);
}

function split(taken: Taken, values: WireValues, errors: WireReasons): TakenRecord[] {
  const record = { ...taken, values, ...(errors.size === 0 ? {} : { errors }) };
  if (recordBytes(record) <= BATCH_BYTES || values.size + errors.size < 2) return [record];
  const half = (map: Map<number | string, never>, second: boolean) => {
    const entries = [...map];
    const middle = entries.length >> 1;
    return new Map(second ? entries.slice(middle) : entries.slice(0, middle));
  };
  return [false, true].flatMap((second) =>
    split(taken, half(values as never, second) as WireValues, half(errors as never, second) as WireReasons),
  );
}
