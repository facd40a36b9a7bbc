import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  absolute,
  clockText,
  daysText,
  exactSpan,
  readClock,
  readSpan,
  relative,
  shortTime,
} from './time.ts';

const NOW = 1_800_000_000_000;

test('a time is told by how far away it is', () => {
  const told = (ago: number): string => relative(NOW - ago, NOW);
  assert.equal(told(500), 'just now');
  assert.equal(told(12_000), '12 s ago');
  assert.equal(told(119_000), '119 s ago');
  assert.equal(told(7_199_000), '119 min ago');
  assert.equal(told(47 * 3_600_000), '47 h ago');
  assert.equal(told(48 * 3_600_000), '2 d ago');
  assert.equal(told(10 * 86_400_000), '10 d ago');
  assert.equal(told(-3 * 3_600_000), 'in 3 h');
});

test('what is no time is told as such, and nothing throws', () => {
  for (const at of [8.64e15 + 1, -8.64e15 - 1, Number.MAX_VALUE, Number.NaN]) {
    assert.equal(relative(at, NOW), '–');
    assert.equal(absolute(at), '–');
    assert.equal(shortTime(at), '–');
  }
  assert.notEqual(absolute(8.64e15), '–');
});

test('spans are read as people write them, and written back', () => {
  assert.equal(readSpan('90s'), 90_000);
  assert.equal(readSpan(' 36 h '), 129_600_000);
  assert.equal(readSpan('1.5h'), 5_400_000);
  assert.equal(readSpan('tomorrow'), undefined);
  assert.equal(readSpan('-1h'), undefined);
  for (const text of ['1 d', '90 min', '36 h', '10 s', '1500 ms'])
    assert.equal(exactSpan(readSpan(text)!), text);
});

test('hours of a window are read and written', () => {
  assert.equal(readClock('22:05'), 1325);
  assert.equal(clockText(1325), '22:05');
  assert.equal(readClock('24:00'), undefined);
  assert.equal(daysText([5, 1, 2, 3, 4]), 'Mon to Fri');
  assert.equal(daysText([6, 7]), 'Sat, Sun');
  assert.equal(daysText([1, 2, 3, 4, 5, 6, 7]), 'every day');
});
