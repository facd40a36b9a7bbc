import { type Static, Type } from '@sinclair/typebox';
import { DURATION_PATTERN } from './duration.ts';

/** An object that accepts only the members it names. */
export const closed = <P extends Parameters<typeof Type.Object>[0]>(
  members: P,
  options: { description?: string; minProperties?: number; maxProperties?: number } = {},
) => Type.Object(members, { additionalProperties: false, ...options });

// A schema's description is also the hint of every fault against it (faults.ts), so it says what to write.

export const SensorId = Type.String({
  pattern: '^[A-Za-z][A-Za-z0-9_-]{0,31}$',
  description: 'a letter, then up to 31 letters, digits, _ or -',
});
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]{0,31}$';

/** A value's key inside its sensor; the item is called `<sensor id>.<key>`. */
export const KEY_PATTERN = '^[A-Za-z][A-Za-z0-9_]{0,63}$';
export const Key = Type.String({
  pattern: KEY_PATTERN,
  description: 'a letter, then up to 63 letters, digits or _',
});

export const BusName = Type.String({
  pattern: NAME_PATTERN,
  description: 'the name of a bus under "buses"',
});

export const Duration = Type.String({
  pattern: DURATION_PATTERN,
  description: 'a whole number and ms, s, m or h, such as "500ms", "10s", "5m"',
});

export const Address = Type.String({
  pattern: '^0x[0-7][0-9a-fA-F]$',
  description: 'the 7-bit address in hexadecimal, such as "0x48"',
});

export const HexBytes = Type.String({
  pattern: '^([0-9a-fA-F]{2})+$',
  maxLength: 128,
  description: 'bytes in hexadecimal, two digits each, such as "0054"',
});

export const Scale = Type.Number({ description: 'a factor; value = raw * scale + offset' });
export const Offset = Type.Number({ description: 'added after scaling; value = raw * scale + offset' });
export const Unit = Type.String({
  pattern: '^[!-~]{1,32}$',
  description: 'a UCUM unit such as "Cel", "%", "hPa", "V" (ucum.org)',
});
export const Range = Type.Tuple([Type.Number(), Type.Number()], {
  description:
    'lowest and highest value that can be true, such as [-40, 125]; others are reported as "range"',
});

/** How a raw number becomes a value. */
export const Conversion = {
  scale: Type.Optional(Scale),
  offset: Type.Optional(Offset),
  unit: Type.Optional(Unit),
  range: Type.Optional(Range),
};

export type Conversion = {
  scale?: number;
  offset?: number;
  unit?: string;
  range?: Static<typeof Range>;
};

/** What the server and the board know of a value before it is read. */
export type Item = { name: string; unit?: string };

/** A fault found inside one sensor; `path` is relative to it. */
export type SensorFault = { path: (string | number)[]; message: string; hint: string };

/**
 * What the config must know of a driver. A new driver is one of these, one line in drivers.ts, and one file in the agent.
 * `items` gives the keys that are known before the device is read, in a fixed order.
 */
export type DriverSpec<S> = {
  schema: import('@sinclair/typebox').TObject;
  bus: 'i2c' | 'serial' | undefined;
  items(sensor: S): { key: string; unit?: string }[];
  check(sensor: S): SensorFault[];
};

/** A fault if a range is upside down. */
export const rangeFaults = (range: readonly [number, number] | undefined, path: (string | number)[]) =>
  range && range[0] >= range[1]
    ? [{ path, message: `the range [${range.join(', ')}] is empty`, hint: 'write the lower bound first' }]
    : [];

export const withUnit = (key: string, unit: string | undefined): { key: string; unit?: string } =>
  unit === undefined ? { key } : { key, unit };
