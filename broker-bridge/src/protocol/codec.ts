import { addExtension, Decoder, Encoder, FLOAT32_OPTIONS } from 'cbor-x/index-no-eval';
import { checkCbor } from './cbor-check.ts';
import { PerchError } from './errors.ts';
import type { Fields, FieldType, Infer, InferType } from './fields.ts';
import { fitsSingle } from './floats.ts';
import { NODES_LIMIT } from './limits.ts';
import { MESSAGES, type Message, type MessageName, type MessageOf } from './messages.ts';
import { ITEM_NAME_LIMIT, ITEMS_LIMIT, REASONS, type Reason, reasonOf, TEXT_VALUE_LIMIT } from './values.ts';

/**
 * Bytes <-> message, driven by messages.ts. A message is one CBOR map with integer keys in ascending order, key 0
 * its kind. Floats travel as single precision where the decimal survives it, else as double (floats.ts).
 */
const OPTIONS = {
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
  useFloat32: FLOAT32_OPTIONS.DECIMAL_FIT,
};
const encoder = new Encoder(OPTIONS);
const decoder = new Decoder(OPTIONS);

/** One CBOR item in the form that checkCbor accepts. Maps must come in ascending key order. */
export function encodeItem(value: unknown): Buffer {
  return encoder.encode(value);
}

/**
 * Checks and decodes one CBOR item of at most `nodes` data items: numbers, booleans, text, bytes, arrays and Maps.
 * @throws PerchError MALFORMED
 */
export function decodeItem(bytes: Uint8Array, nodes: number = NODES_LIMIT): unknown {
  checkCbor(bytes, nodes);
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new PerchError('MALFORMED', `not decodable: ${error instanceof Error ? error.message : error}`);
  }
}

// --- encode

/** cbor-x writes whole numbers that need more than 32 bits as floats; as BigInt they become CBOR integers of 64 bits. */
const integer = (value: number): number | bigint =>
  value > 0xffffffff || value < -0x100000000 ? BigInt(value) : value;

/** A float whose precision is decided here: DECIMAL_FIT of cbor-x also takes neighbours of a decimal for the decimal. */
class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
// An extension without a tag only replaces what is written.
addExtension({
  Class: Float,
  encode(this: { useFloat32: number }, { value }: Float, encode: (value: number) => Uint8Array) {
    this.useFloat32 = fitsSingle(value) ? FLOAT32_OPTIONS.ALWAYS : FLOAT32_OPTIONS.NEVER;
    const bytes = encode(value);
    this.useFloat32 = FLOAT32_OPTIONS.DECIMAL_FIT;
    return bytes;
  },
} as unknown as Parameters<typeof addExtension>[0]);

function numberToWire(value: number, where: string): number | bigint | Float {
  if (!Number.isFinite(value)) return wrong(where, `${value}, which is not a value`);
  if (!Number.isSafeInteger(value)) return new Float(value);
  return Object.is(value, -0) ? 0 : integer(value);
}

const utf8Length = (text: string): number => Buffer.byteLength(text, 'utf8');

const tooLong = (where: string, size: number, max: number): never => {
  throw new PerchError('TOO_LONG', `${where} has ${size}, the limit is ${max}`);
};

function toWire(type: FieldType, value: unknown, where: string): unknown {
  switch (type.t) {
    case 'uint': {
      const number = value as number;
      if (!Number.isSafeInteger(number) || number < 0)
        throw new PerchError('MALFORMED', `${where} is no unsigned integer`);
      if (number > type.max) return tooLong(where, number, type.max);
      return integer(number);
    }
    case 'bool':
      return value;
    case 'text':
      return textToWire(value as string, type.max, where);
    case 'bytes': {
      const given = value as Uint8Array;
      if (given.length < type.min || given.length > type.max) return tooLong(where, given.length, type.max);
      return given;
    }
    case 'values':
      return itemMap(value as Map<number | string, unknown>, where, (entry, at) =>
        typeof entry === 'number'
          ? numberToWire(entry, at)
          : typeof entry === 'string'
            ? textToWire(entry, TEXT_VALUE_LIMIT, at)
            : entry,
      );
    case 'reasons':
      return itemMap(value as Map<number | string, unknown>, where, (entry) => REASONS[entry as Reason]);
    case 'list': {
      const given = value as unknown[];
      if (given.length > type.max) return tooLong(where, given.length, type.max);
      return given.map((entry, index) => toWire(type.of, entry, `${where}/${index}`));
    }
    case 'struct':
      return structToWire(type.fields, value as Record<string, unknown>, where, new Map());
  }
}

/** Half of a surrogate pair has no UTF-8; it travels as U+FFFD. */
function textToWire(text: string, max: number, where: string): string {
  const size = utf8Length(text);
  return size > max ? tooLong(where, size, max) : text.toWellFormed();
}

function structToWire(
  fields: Fields,
  value: Record<string, unknown>,
  where: string,
  map: Map<number, unknown>,
): Map<number, unknown> {
  // The tables in messages.ts list fields in ascending key order; messages.test.ts holds them to it.
  for (const name in fields) {
    const { key, type, optional } = fields[name]!;
    const given = value[name];
    if (given === undefined) {
      if (!optional) throw new PerchError('MALFORMED', `${where}/${name} is missing`);
      continue;
    }
    map.set(key, toWire(type, given, `${where}/${name}`));
  }
  return map;
}

/** Numbered items first and ascending, then named ones by length and bytes: RFC 8949 section 4.2.1. */
function itemMap(
  map: Map<number | string, unknown>,
  where: string,
  entry: (value: unknown, where: string) => unknown,
): Map<number | string, unknown> {
  if (map.size > ITEMS_LIMIT) return tooLong(where, map.size, ITEMS_LIMIT);
  const keys = [...map.keys()].map((key) => checkItemKey(key, where));
  const numbers = keys.filter((key) => typeof key === 'number').sort((a, b) => a - b);
  const names = keys
    .filter((key) => typeof key === 'string')
    .map((name) => ({ name, bytes: Buffer.from(name, 'utf8') }))
    .sort((a, b) => a.bytes.length - b.bytes.length || a.bytes.compare(b.bytes))
    .map(({ name }) => name);
  const sorted = new Map<number | string, unknown>();
  for (const key of [...numbers, ...names]) sorted.set(key, entry(map.get(key), placeOf(where, key)));
  return sorted;
}

/** Message to bytes. @throws PerchError TOO_LONG or MALFORMED when a field is past its limit: a mistake of the caller */
export function encodeMessage(message: Message): Buffer {
  const spec = MESSAGES[message.name];
  const map = new Map<number, unknown>([[0, spec.kind]]);
  return encoder.encode(structToWire(spec.fields, message, message.name, map));
}

/** A struct of fields.ts as one CBOR map, for what is kept rather than sent. @throws PerchError as encodeMessage */
export function encodeStruct<F extends Fields>(fields: F, value: Infer<F>, what: string): Buffer {
  return encoder.encode(structToWire(fields, value as Record<string, unknown>, what, new Map()));
}

// --- decode

const NAME_BY_KIND = new Map<number, MessageName>(
  (Object.keys(MESSAGES) as MessageName[]).map((name) => [MESSAGES[name].kind, name]),
);

const wrong = (where: string, what: string): never => {
  throw new PerchError('MALFORMED', `${where} is ${what}`);
};

function asUint(value: unknown, where: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0
    ? number
    : wrong(where, 'no unsigned integer');
}

function fromWire<T extends FieldType>(type: T, value: unknown, where: string): InferType<T>;
function fromWire(type: FieldType, value: unknown, where: string): unknown {
  switch (type.t) {
    case 'uint': {
      const number = asUint(value, where);
      return number > type.max ? tooLong(where, number, type.max) : number;
    }
    case 'bool':
      return typeof value === 'boolean' ? value : wrong(where, 'no boolean');
    case 'text': {
      if (typeof value !== 'string') return wrong(where, 'no text');
      const size = utf8Length(value);
      return size > type.max ? tooLong(where, size, type.max) : value;
    }
    case 'bytes': {
      if (!(value instanceof Uint8Array)) return wrong(where, 'no byte string');
      if (value.length < type.min) return wrong(where, `shorter than ${type.min} bytes`);
      return value.length > type.max ? tooLong(where, value.length, type.max) : value;
    }
    case 'values':
      return itemsFromWire(value, where, (entry, at) => {
        if (typeof entry === 'number' || typeof entry === 'boolean') return entry;
        if (typeof entry === 'bigint') return Number(entry);
        if (typeof entry !== 'string') return wrong(at, 'neither number, boolean nor text');
        const size = utf8Length(entry);
        return size > TEXT_VALUE_LIMIT ? tooLong(at, size, TEXT_VALUE_LIMIT) : entry;
      });
    case 'reasons':
      return itemsFromWire(value, where, (entry, at) => reasonOf(asUint(entry, at)));
    case 'list': {
      if (!Array.isArray(value)) return wrong(where, 'no array');
      if (value.length > type.max) return tooLong(where, value.length, type.max);
      return value.map((entry, index) => fromWire(type.of, entry, `${where}/${index}`));
    }
    case 'struct':
      return structFromWire(type.fields, value, where, 0);
  }
}

function structFromWire(
  fields: Fields,
  value: unknown,
  where: string,
  extra: number,
): Record<string, unknown> {
  if (!(value instanceof Map)) return wrong(where, 'no map');
  const result: Record<string, unknown> = {};
  let taken = extra;
  for (const name in fields) {
    const { key, type, optional } = fields[name]!;
    const given: unknown = value.get(key);
    if (given === undefined) {
      if (!optional) wrong(`${where}/${name}`, 'missing');
      continue;
    }
    result[name] = fromWire(type, given, `${where}/${name}`);
    taken += 1;
  }
  // What a newer version may add must come with a new protocol version: an unknown field is an error.
  if (taken !== value.size) wrong(where, 'carrying a field that this version does not know');
  return result;
}

function itemsFromWire<V>(
  value: unknown,
  where: string,
  entry: (value: unknown, where: string) => V,
): Map<number | string, V> {
  if (!(value instanceof Map)) return wrong(where, 'no map');
  if (value.size > ITEMS_LIMIT) return tooLong(where, value.size, ITEMS_LIMIT);
  const result = new Map<number | string, V>();
  for (const [given, inside] of value as Map<unknown, unknown>) {
    const key = checkItemKey(given, where);
    result.set(key, entry(inside, placeOf(where, key)));
  }
  return result;
}

const placeOf = (where: string, key: number | string): string =>
  `${where}/${typeof key === 'string' ? key.slice(0, 32) : key}`;

/** An item's number or name, the same for both directions. */
function checkItemKey(key: unknown, where: string): number | string {
  if (typeof key !== 'string') {
    const number = asUint(key, `${where}/${key}`);
    return number >= ITEMS_LIMIT ? tooLong(placeOf(where, number), number, ITEMS_LIMIT - 1) : number;
  }
  const size = utf8Length(key);
  if (size === 0 || !key.isWellFormed()) return wrong(where, 'naming an item that has no name');
  return size > ITEM_NAME_LIMIT ? tooLong(placeOf(where, key), size, ITEM_NAME_LIMIT) : key;
}

/** What encodeStruct wrote, checked as strictly as a message. @throws PerchError MALFORMED or TOO_LONG */
export function decodeStruct<F extends Fields>(
  fields: F,
  bytes: Uint8Array,
  what: string,
  nodes: number = NODES_LIMIT,
): Infer<F> {
  return structFromWire(fields, decodeItem(bytes, nodes), what, 0) as Infer<F>;
}

/**
 * Bytes to message; `from` is the end that may have sent it.
 * @throws PerchError MALFORMED, TOO_LONG, UNKNOWN_KIND or WRONG_DIRECTION
 */
export function decodeMessage(bytes: Uint8Array, from: 'agent' | 'server'): Message {
  const map = decodeItem(bytes);
  if (!(map instanceof Map)) throw new PerchError('MALFORMED', 'the message is no map');
  const name = NAME_BY_KIND.get(asUint(map.get(0), 'kind'));
  if (name === undefined) throw new PerchError('UNKNOWN_KIND', `message kind ${map.get(0)}`);
  const spec = MESSAGES[name];
  if (spec.from !== from) throw new PerchError('WRONG_DIRECTION', `${name} from the ${from}`);
  return { name, ...structFromWire(spec.fields, map, name, 1) } as MessageOf<typeof name> as Message;
}
