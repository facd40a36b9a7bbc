import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode as decodePlainly, roundFloat32 } from 'cbor-x/index-no-eval';
import fc from 'fast-check';
import { decodeMessage, encodeMessage } from './codec.ts';
import type { Fields, FieldType } from './fields.ts';
import { decimalOfSingle } from './floats.ts';
import { NODES_LIMIT, RECORDS_PER_MESSAGE, REQUEST_LIMIT } from './limits.ts';
import { MESSAGES, type Message, type MessageName, type MessageOf, type WireRecord } from './messages.ts';
import { ITEM_NAME_LIMIT, ITEMS_LIMIT, REASONS, TEXT_VALUE_LIMIT, type Value } from './values.ts';

// --- every message from its field table

const text = (max: number) =>
  fc
    .oneof(fc.string({ unit: 'binary', maxLength: max >> 2 }), fc.string({ maxLength: max }))
    .filter((one) => one.isWellFormed());
const itemKey = fc.oneof(
  fc.nat({ max: ITEMS_LIMIT - 1 }),
  text(ITEM_NAME_LIMIT).filter((name) => name !== ''),
);
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
  fc.maxSafeInteger(),
  fc.boolean(),
  text(TEXT_VALUE_LIMIT),
);
const mapOf = <V>(entry: fc.Arbitrary<V>) =>
  fc.array(fc.tuple(itemKey, entry), { maxLength: 12 }).map((entries) => new Map(entries));

function anyOf(type: FieldType): fc.Arbitrary<unknown> {
  switch (type.t) {
    case 'uint':
      return fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, type.max)).map((n) => Math.min(n, type.max));
    case 'bool':
      return fc.boolean();
    case 'text':
      return text(Math.min(type.max, 300));
    case 'bytes':
      return fc.uint8Array({ minLength: type.min, maxLength: Math.max(type.min, Math.min(type.max, 300)) });
    case 'values':
      return mapOf(value);
    case 'reasons':
      return mapOf(fc.constantFrom(...Object.keys(REASONS)));
    case 'list':
      return fc.array(anyOf(type.of), { maxLength: Math.min(type.max, 6) });
    case 'struct':
      return structOf(type.fields);
  }
}

function structOf(fields: Fields): fc.Arbitrary<Record<string, unknown>> {
  const needed = Object.keys(fields).filter((name) => !fields[name]!.optional);
  return fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, anyOf(type)])),
    { requiredKeys: needed, noNullPrototype: true },
  );
}

/** Two messages that say the same: maps have no order, and bytes come as Buffer or Uint8Array. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map)
    return [...value].sort(([a], [b]) => (typeof a + a < typeof b + b ? -1 : 1)).map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  return value;
}
const fromOf = (name: MessageName) => MESSAGES[name].from;
const there = (message: Message): Message => decodeMessage(encodeMessage(message), fromOf(message.name));

for (const name of Object.keys(MESSAGES) as MessageName[]) {
  test(`${name} survives its way over the wire, whatever its fields say`, () => {
    fc.assert(
      fc.property(structOf(MESSAGES[name].fields), (body) => {
        const message = { name, ...body } as Message;
        const bytes = encodeMessage(message);
        const back = decodeMessage(bytes, fromOf(name));
        assert.deepEqual(plain(back), plain(message));
        assert.equal(encodeMessage(back).toString('hex'), bytes.toString('hex'), 'one encoding');
        assert.ok(decodePlainly(bytes) !== undefined, 'a reader with nothing set reads it too');
      }),
      { numRuns: 300 },
    );
  });

  test(`${name} has its fields in ascending key order, which is their order on the wire`, () => {
    const inOrder = (fields: Fields): void => {
      const keys = Object.values(fields).map(({ key }) => key);
      assert.deepEqual(
        keys,
        [...new Set(keys)].sort((a, b) => a - b),
      );
      for (const { type } of Object.values(fields)) {
        const inner = type.t === 'list' ? type.of : type;
        if (inner.t === 'struct') inOrder(inner.fields);
      }
    };
    inOrder(MESSAGES[name].fields);
  });
}

test('message kinds are unique, and the agent has those up to 10', () => {
  const kinds = Object.values(MESSAGES).map(({ kind }) => kind);
  assert.equal(new Set(kinds).size, kinds.length);
  for (const { kind, from } of Object.values(MESSAGES)) assert.equal(from === 'agent', kind <= 10);
});

// --- values

const record = (more: Partial<WireRecord>): WireRecord => ({
  number: 1,
  timestamp: 1_760_000_000_000,
  per: 10_000,
  values: new Map(),
  ...more,
});
const report = (...records: WireRecord[]): MessageOf<'monitorRecord'> => ({
  name: 'monitorRecord',
  version: '0.1.0',
  configVersion: 1,
  records,
});
const send = (value: Value): Value | undefined =>
  (
    there(report(record({ values: new Map([[0, value]]) }))) as MessageOf<'monitorRecord'>
  ).records[0]!.values.get(0);

test('every finite number arrives as it was sent', () => {
  const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((pattern) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, pattern);
    return view.getFloat64(0);
  });
  const decimal = fc
    .tuple(fc.integer({ min: -99_999_999, max: 99_999_999 }), fc.integer({ min: -50, max: 12 }))
    .map(([digits, power]) => Number(`${digits}e${power}`));
  // The doubles next to a decimal are where a test for "fits" that rounds goes wrong.
  const neighbour = fc.tuple(decimal, fc.constantFrom(-1n, 1n)).map(([number, step]) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, number);
    view.setBigInt64(0, view.getBigInt64(0) + step);
    return view.getFloat64(0);
  });
  const number = fc.oneof(bits, decimal, neighbour, fc.maxSafeInteger()).filter(Number.isFinite);
  fc.assert(
    fc.property(number, (one) => assert.equal(send(one), one === 0 ? 0 : one)),
    { numRuns: 30_000 },
  );
});

test('a neighbour of a decimal is not taken for the decimal', () => {
  for (const number of [0.23199999999999998, 0.0009490000000000001, 0.0024490000000000002])
    assert.equal(send(number), number);
});

test('a decimal of up to six digits takes five bytes', () => {
  for (const number of [21.7, -0.1, 1.1, 1013.25, 0.000123, 99999.5, 3.3]) {
    const size = (one: Value) => encodeMessage(report(record({ values: new Map([[0, one]]) }))).length;
    assert.equal(size(number) - size(false), 4, String(number));
  }
});

test('a single is read as the decimal that cbor-x reads', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (single) => {
      assert.equal(decimalOfSingle(single) + 0, roundFloat32(single) + 0);
    }),
    { numRuns: 20_000 },
  );
});
test('whole numbers on both sides of every width arrive: bytes of memory, milliseconds, counters', () => {
  for (const power of [5, 8, 16, 31, 32, 53])
    for (const by of [-2, -1, 0, 1])
      for (const sign of [1, -1]) {
        const number = sign * (2 ** power + by);
        if (Number.isSafeInteger(number)) assert.equal(send(number), number);
      }
  const big = 3_000_000_000;
  const back = there(report(record({ number: big, per: big, timestamp: big })));
  assert.deepEqual(back, report(record({ number: big, per: big, timestamp: big })));
});

test('minus zero becomes zero, and NaN and infinities are refused before they are sent', () => {
  assert.ok(Object.is(send(-0), 0));
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    assert.throws(() => send(number), { code: 'MALFORMED' });
});

test('half of a surrogate pair, which has no UTF-8, becomes U+FFFD', () => {
  assert.equal(send('a\ud800b'), 'a\ufffdb');
  assert.throws(() => encodeMessage(report(record({ values: new Map([['\udc00', 1]]) }))), {
    code: 'MALFORMED',
  });
});

// --- what may not be received is not sent either

test('the sender refuses what the receiver would, so that no record blocks those behind it', () => {
  const withKey = (key: number | string) => report(record({ values: new Map([[key, 1]]) }));
  const withValue = (value: Value) => report(record({ values: new Map([[0, value]]) }));
  const fine = [
    withKey(ITEMS_LIMIT - 1),
    withKey('x'.repeat(ITEM_NAME_LIMIT)),
    withValue('ä'.repeat(TEXT_VALUE_LIMIT / 2)),
    report(...Array.from({ length: RECORDS_PER_MESSAGE }, () => record({}))),
  ];
  for (const message of fine) assert.deepEqual(there(message), message);
  const refused: [string, Message][] = [
    ['TOO_LONG', withKey(ITEMS_LIMIT)],
    ['MALFORMED', withKey(-1)],
    ['MALFORMED', withKey(1.5)],
    ['MALFORMED', withKey('')],
    ['TOO_LONG', withKey('x'.repeat(ITEM_NAME_LIMIT + 1))],
    ['TOO_LONG', withValue(`${'ä'.repeat(TEXT_VALUE_LIMIT / 2)}x`)],
    ['TOO_LONG', report(...Array.from({ length: RECORDS_PER_MESSAGE + 1 }, () => record({})))],
    ['TOO_LONG', { ...report(), version: 'v'.repeat(49) }],
    ['TOO_LONG', { ...report(), configVersion: 2 ** 32 }],
    ['MALFORMED', { ...report(), configVersion: -1 }],
    ['MALFORMED', report(record({ number: 1.5 }))],
    ['TOO_LONG', { name: 'fetch', object: new Uint8Array(31), frame: 1024, offsets: [] }],
    ['MALFORMED', { name: 'ok' } as Message],
  ];
  for (const [code, message] of refused) assert.throws(() => encodeMessage(message), { code });
});

test('a full backlog of small values is within the limits', () => {
  const values = new Map(Array.from({ length: 60 }, (_, number) => [number, number % 2 === 0] as const));
  const records = Array.from({ length: RECORDS_PER_MESSAGE }, (_, number) => record({ number, values }));
  const bytes = encodeMessage(report(...records));
  assert.ok(bytes.length < REQUEST_LIMIT && NODES_LIMIT >= REQUEST_LIMIT);
  assert.deepEqual(decodeMessage(bytes, 'agent'), report(...records));
});

test('a reason number of a newer version reads as io', () => {
  const bytes = encodeMessage(report(record({ errors: new Map([[0, 'unsupported']]) })));
  assert.equal(bytes.at(-1), REASONS.unsupported);
  bytes[bytes.length - 1] = 23;
  const back = decodeMessage(bytes, 'agent') as MessageOf<'monitorRecord'>;
  assert.equal(back.records[0]!.errors!.get(0), 'io');
});
