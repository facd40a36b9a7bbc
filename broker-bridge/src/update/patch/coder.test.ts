import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitReader, BitWriter } from './arithmetic-coder.ts';
import { SQUASH, STRETCH, STRETCH_LIMIT } from './logistic.ts';
import { MixedBits } from './mixed-bits.ts';
import { NumberModel, unzigzag, zigzag } from './numbers.ts';

const readerOf = (bytes: Uint8Array): BitReader => {
  let at = 0;
  return new BitReader(() => bytes[at++] ?? 0);
};

test('bits come back, whatever their probability was said to be', () => {
  const bits = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 65535 })));
  fc.assert(
    fc.property(bits, (list) => {
      const writer = new BitWriter();
      for (const [bit, one] of list) writer.code(bit, one);
      const reader = readerOf(writer.finish());
      for (const [bit, one] of list) assert.equal(reader.code(0, one), bit);
    }),
  );
});

test('bits that were expected cost almost nothing, and those that were not cost what they say', () => {
  const expected = new BitWriter();
  for (let i = 0; i < 10_000; i++) expected.code(i % 2, i % 2 === 1 ? 65_000 : 536);
  const entropy = (10_000 * Math.log2(65536 / 65_000)) / 8;
  assert.ok(Math.abs(expected.finish().length - entropy) < 3, `${expected.finish().length} for ${entropy}`);
  const surprising = new BitWriter();
  for (let i = 0; i < 1000; i++) surprising.code(0, 65_280);
  assert.ok(Math.abs(surprising.finish().length - 1000) < 3, 'eight bits each');
  assert.equal(new BitWriter().finish().length, 0, 'nothing at all');
});

test('a writer ends with as few bytes as a reader needs, and no zero at the end', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (list) => {
      const writer = new BitWriter();
      for (const bit of list) writer.code(bit ? 1 : 0, 20_000);
      const bytes = writer.finish();
      assert.notEqual(bytes.at(-1), 0);
      assert.ok(bytes.length <= Math.ceil((list.length * 1.8) / 8) + 1);
    }),
  );
});

test('numbers of all sizes come back, and small ones that repeat get short', () => {
  const number = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(number, fc.integer({ min: 0, max: 2 }))), (list) => {
      const writer = new BitWriter();
      const model = new NumberModel(3);
      for (const [value, context] of list) model.code(writer, value, context);
      const reader = readerOf(writer.finish());
      const other = new NumberModel(3);
      for (const [value, context] of list) assert.equal(other.code(reader, 0, context), value);
    }),
  );
  const writer = new BitWriter();
  const model = new NumberModel();
  for (let i = 0; i < 1000; i++) model.code(writer, 7);
  assert.ok(writer.finish().length < 30, `${writer.finish().length} bytes`);
  for (const v of [0, -1, 1, -(2 ** 30), 2 ** 30]) assert.equal(unzigzag(zigzag(v)), v);
});

test('mixed contexts learn which of them is right, at both ends alike', () => {
  const options = { contexts: 2, bits: 8, sets: 1, patience: 60, haste: 13 };
  const code = (models: MixedBits, coder: BitWriter | BitReader, i: number, bit: number): number => {
    models.set(0, i % 5); // tells the bit
    models.set(1, Math.imul(i, 0x9e3779b1) >>> 24); // tells nothing
    return models.code(coder, bit, 1, 0);
  };
  const bitOf = (i: number): number => (i % 5 < 2 ? 1 : 0);
  const writer = new BitWriter();
  const models = new MixedBits(options);
  for (let i = 0; i < 4000; i++) code(models, writer, i, bitOf(i));
  const bytes = writer.finish();
  assert.ok(bytes.length < 30, `4000 bits in ${bytes.length} bytes`);
  const reader = readerOf(bytes);
  const others = new MixedBits(options);
  for (let i = 0; i < 4000; i++) assert.equal(code(others, reader, i, 0), bitOf(i));
});

test('the tables of the logistic function are what the format says', () => {
  for (const x of [-STRETCH_LIMIT, -700, -1, 0, 1, 700, STRETCH_LIMIT]) {
    const one = 65536 / (1 + Math.exp(-x / 256));
    assert.ok(Math.abs(SQUASH[x + STRETCH_LIMIT]! - one) <= 1.5, `squash ${x}`);
    assert.equal(SQUASH[x + STRETCH_LIMIT]! + SQUASH[STRETCH_LIMIT - x]!, 65536);
  }
  // At the ends, a step of the table is several steps of the stretched number.
  for (const p of [1, 100, 2048, 4000, 4095])
    assert.ok(
      Math.abs(STRETCH[p]! - Math.min(STRETCH_LIMIT, 256 * Math.log((p + 0.5) / (4095.5 - p)))) <= 12,
      `stretch ${p}`,
    );
});
