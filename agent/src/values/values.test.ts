import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXT_VALUE_LIMIT } from '@perch/broker-bridge/protocol/values.ts';
import fc from 'fast-check';
import { bitField } from './bit-field.ts';
import { convert, numberIn, SampleBuilder } from './sample.ts';

test('a bit field is what shifting and masking the bits one by one gives', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      bytes,
      fc.nat(),
      fc.nat(47),
      fc.boolean(),
      fc.boolean(),
      (answer, from, size, little, signed) => {
        const low = from % (answer.length * 8);
        const high = Math.min(low + size, answer.length * 8 - 1);
        let expected = 0;
        for (let bit = high; bit >= low; bit--) {
          const byte = little ? answer[bit >> 3]! : answer[answer.length - 1 - (bit >> 3)]!;
          expected = expected * 2 + ((byte >> (bit & 7)) & 1);
        }
        const width = high - low + 1;
        if (signed && expected >= 2 ** (width - 1)) expected -= 2 ** width;
        assert.equal(
          bitField(answer, { bits: [high, low], order: little ? 'little' : 'big', signed }),
          expected,
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test('a field outside the answer is undefined, not zero', () => {
  const answer = Uint8Array.of(1, 2);
  assert.equal(bitField(answer, { at: 2 }), undefined);
  assert.equal(bitField(answer, { at: 1, len: 2 }), undefined);
  assert.equal(bitField(answer, { bits: [16, 0] }), undefined);
  assert.equal(bitField(answer, { bits: [0, 1] }), undefined);
  assert.equal(bitField(answer, { at: 1, len: 1 }), 2);
});

test('whatever comes in, a value is a finite number in its range, or there is a reason', () => {
  const number = fc.double();
  // A bound comes from a config, which is JSON and has only finite numbers.
  const bound = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(number, number, number, bound, (raw, scale, offset, low) => {
      const result = convert(raw, { scale, offset, range: [low, low + 10] });
      if ('value' in result)
        assert.ok(Number.isFinite(result.value) && result.value >= low && result.value <= low + 10);
      else assert.match(result.reason, /^(range|malformed)$/);
    }),
  );
});

test('scaling leaves no noise in the last digits, and large counts stay exact', () => {
  assert.deepEqual(convert(48312, { scale: 0.001 }), { value: 48.312 });
  assert.deepEqual(convert(3, { scale: 0.1 }), { value: 0.3 });
  assert.deepEqual(convert(270_553_174_016_123, {}), { value: 270_553_174_016_123 });
});

test('only decimal numbers are numbers', () => {
  for (const [text, value] of [
    ['-3.5', -3.5],
    ['+.5', 0.5],
    [' 7 ', 7],
    ['1e3', 1000],
  ] as const)
    assert.equal(numberIn(text), value);
  for (const text of ['', '-', '.', '0x10', 'Infinity', 'NaN', '1,5', '12C', '1 2'])
    assert.equal(numberIn(text), undefined);
});

test('text over the limit is malformed, counted in bytes', () => {
  const builder = new SampleBuilder();
  builder.value('fits', 'x'.repeat(TEXT_VALUE_LIMIT));
  builder.value('long', 'é'.repeat(TEXT_VALUE_LIMIT / 2 + 1));
  assert.deepEqual([...builder.sample.values.keys()], ['fits']);
  assert.deepEqual([...builder.sample.errors], [['long', 'malformed']]);
});
