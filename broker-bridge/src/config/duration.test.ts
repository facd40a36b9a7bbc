import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { durationMs, formatDuration, parseDuration } from './duration.ts';

test('durations of the book are read in milliseconds', () => {
  const rows = { '500ms': 500, '10s': 10_000, '5m': 300_000, '24h': 86_400_000, '0ms': 0 };
  for (const [text, ms] of Object.entries(rows)) assert.equal(parseDuration(text), ms, text);
});

test('an accepted duration is a number at once, and another text an error that names it', () => {
  assert.equal(durationMs('5m'), 300_000);
  assert.throws(() => durationMs('5 m'), /"5 m" is not a duration/);
});

test('what is not a duration is not guessed at', () => {
  for (const text of [
    '',
    '10',
    's',
    '-1s',
    '1.5s',
    ' 1s',
    '1s ',
    '1 s',
    '1S',
    '1d',
    '1s\n',
    '999999999s',
    '٣s',
  ])
    assert.equal(parseDuration(text), undefined, JSON.stringify(text));
});

test('any whole number of milliseconds survives being written and read', () => {
  fc.assert(
    fc.property(fc.nat(99_999_999), (ms) => {
      assert.equal(parseDuration(formatDuration(ms)), ms);
    }),
  );
});

test('any text either has the form or is undefined, and never NaN', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{0,10}(ms|s|m|h|d)?$/)), (text) => {
      const ms = parseDuration(text);
      assert.equal(ms !== undefined, /^[0-9]{1,8}(ms|s|m|h)$/.test(text) && !text.endsWith('\n'));
      assert.ok(ms === undefined || Number.isSafeInteger(ms));
    }),
  );
});
