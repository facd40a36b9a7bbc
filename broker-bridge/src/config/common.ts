import { type Static, type TObject, Type } from '@sinclair/typebox';
import type { Processing } from './filters.ts';
import { CALIBRATION_POINTS_LIMIT, POLYNOMIAL_LIMIT } from './limits.ts';
import type { BusConfig } from './schema.ts';

export { Duration } from './duration.ts';

/** An object that accepts only the members it names. */
export const closed = <P extends Parameters<typeof Type.Object>[0]>(
  members: P,
  options: { $id?: string; description?: string; minProperties?: number; maxProperties?: number } = {},
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

const Polynomial = Type.Array(Type.Number(), {
  minItems: 2,
  maxItems: POLYNOMIAL_LIMIT,
  description: `2 to ${POLYNOMIAL_LIMIT} coefficients, the constant first: value = c0 + c1 * raw + c2 * raw^2 ...`,
});
const Table = Type.Array(Type.Tuple([Type.Number(), Type.Number()]), {
  minItems: 2,
  maxItems: CALIBRATION_POINTS_LIMIT,
  description: `2 to ${CALIBRATION_POINTS_LIMIT} pairs [raw, value], raw rising; straight lines between them, "range" beyond`,
});

/** How a raw number becomes a value. */
export const Conversion = {
  scale: Type.Optional(Scale),
  offset: Type.Optional(Offset),
  polynomial: Type.Optional(Polynomial),
  table: Type.Optional(Table),
  unit: Type.Optional(Unit),
  range: Type.Optional(Range),
};

export type Conversion = {
  scale?: number;
  offset?: number;
  polynomial?: number[];
  table?: [number, number][];
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
  schema: TObject;
  bus: 'i2c' | 'serial' | undefined;
  items(sensor: S): DeclaredValue[];
  check(sensor: S): SensorFault[];
  /** Longest time that one reading takes by the device's own nature and on its bus, in ms; 0 if not given. */
  measuring?(sensor: S, bus: BusConfig | undefined): number;
};

/** A value that a config declares, before its aggregates are told apart. */
export type DeclaredValue = { key: string; unit?: string } & Processing;

/** A fault if a range is upside down. */
export const rangeFaults = (range: readonly [number, number] | undefined, path: (string | number)[]) =>
  range && range[0] >= range[1]
    ? [{ path, message: `the range [${range.join(', ')}] is empty`, hint: 'write the lower bound first' }]
    : [];

/** A declared value without members that are undefined. */
export const declared = (
  key: string,
  unit: string | undefined,
  { filters, aggregate }: Processing = {},
): DeclaredValue => ({
  key,
  ...(unit === undefined ? {} : { unit }),
  ...(filters === undefined ? {} : { filters }),
  ...(aggregate === undefined ? {} : { aggregate }),
});

/** The items of a value: itself, or one for each of several aggregates, called `<key>_<aggregate>`. */
export function itemsOfValue({
  key,
  unit,
  aggregate = ['last'],
}: DeclaredValue): { key: string; unit?: string }[] {
  return aggregate.map((name) => {
    const own = name === 'count' ? '1' : unit;
    const item = aggregate.length === 1 ? key : `${key}_${name}`;
    return own === undefined ? { key: item } : { key: item, unit: own };
  });
}

/** Faults of a conversion: an empty range, a table that goes back, two ways at once. */
export function conversionFaults(conversion: Conversion, path: (string | number)[]): SensorFault[] {
  const faults = rangeFaults(conversion.range, [...path, 'range']);
  const table = conversion.table ?? [];
  const back = table.findIndex(([raw], index) => index > 0 && raw <= table[index - 1]![0]);
  if (back >= 0)
    faults.push({
      path: [...path, 'table', back],
      message: `${table[back]![0]} does not lie above ${table[back - 1]![0]}`,
      hint: 'sort the table by raw numbers, each once',
    });
  const linear = conversion.scale !== undefined || conversion.offset !== undefined;
  const ways = [
    linear && '"scale" or "offset"',
    conversion.polynomial && '"polynomial"',
    conversion.table && '"table"',
  ].filter((way) => typeof way === 'string');
  if (ways.length > 1)
    faults.push({
      path,
      message: `${ways.join(' and ')} at once`,
      hint: 'convert in one way; filters can do more',
    });
  return faults;
}
