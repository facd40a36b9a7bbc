/**
 * What a sensor gave at the end of a period: a map from item name (`<sensor id>.<key>`) to value, and
 * beside it a map from item name to the reason why a value is absent. An item is in one of the two, never in both.
 */
export type Value = number | string | boolean;
export type ValueMap = Map<string, Value>;
export type ReasonMap = Map<string, Reason>;

/** Why a value is absent. The numbers are on the wire (firmware-notes/wire.md) and never change meaning. */
export const REASONS = {
  range: 1, // outside the value's physical range
  stale: 2, // older than the source's deadline
  crc: 3, // checksum of the device's answer did not match
  nak: 4, // no answer at that address (ENXIO, EREMOTEIO, EIO and ETIMEDOUT of I2C adapters)
  timeout: 5, // answered too late, or not at all
  busy: 6, // the device said it is not ready
  unplugged: 7, // the bus or device file is gone
  missing: 8, // no such file, channel or field
  malformed: 9, // answered, but not in the form that was declared
  io: 10, // another input or output error
  denied: 11, // no permission
  unsupported: 12, // this build or machine cannot do it
} as const;

export type Reason = keyof typeof REASONS;

const BY_NUMBER = new Map<number, Reason>(
  (Object.entries(REASONS) as [Reason, number][]).map(([name, number]) => [number, name]),
);

/** The reason with that wire number; `io` for a number this version does not know. */
export function reasonOf(number: number): Reason {
  return BY_NUMBER.get(number) ?? 'io';
}

/** Longest text value, in UTF-8 bytes. Drivers cut longer ones off as `malformed`. */
export const TEXT_VALUE_LIMIT = 256;
/** Longest item name, in UTF-8 bytes. */
export const ITEM_NAME_LIMIT = 128;
/** Most items that one config may declare, and most entries in one value map. */
export const ITEMS_LIMIT = 512;
