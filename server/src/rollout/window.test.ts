import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpen, type Window, ZONES_CACHED } from './window.ts';

const NIGHTS: Window = { days: [5], from: 22 * 60, to: 4 * 60, zone: 'Europe/Berlin' };
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const open = (window: Window, time: string, zone?: string): boolean => isOpen(window, zone, Date.parse(time));

test('a window over midnight belongs to the day on which it opens', () => {
  // 2026-01-09 is a Friday; Berlin is at UTC+1.
  for (const [time, expected] of [
    ['2026-01-09T20:59:59Z', false],
    ['2026-01-09T21:00:00Z', true],
    ['2026-01-10T02:59:59Z', true],
    ['2026-01-10T03:00:00Z', false],
    ['2026-01-10T21:30:00Z', false], // Saturday night
    ['2026-01-09T01:00:00Z', false], // Thursday's night
  ] as const)
    assert.equal(open(NIGHTS, time), expected, time);
});

test('the clock where the board is counts, with its summer time', () => {
  const window = { days: EVERY_DAY, from: 3 * 60, to: 4 * 60, zone: 'UTC' };
  assert.equal(open(window, '2026-01-15T02:30:00Z', 'Europe/Berlin'), true);
  assert.equal(open(window, '2026-07-15T02:30:00Z', 'Europe/Berlin'), false);
  assert.equal(open(window, '2026-07-15T01:30:00Z', 'Europe/Berlin'), true);
  assert.equal(open(window, '2026-07-14T21:30:00Z', 'Asia/Kolkata'), true); // UTC+5:30
  assert.equal(open(window, '2026-07-15T03:30:00Z'), true);
});

test('an hour that the clock skips in spring does not come, and one that it repeats in autumn comes twice', () => {
  const window = { days: EVERY_DAY, from: 2 * 60, to: 3 * 60, zone: 'Europe/Berlin' };
  const minutes = (from: string, hours: number): number =>
    Array.from({ length: hours * 60 }, (_, minute) => Date.parse(from) + minute * 60_000).filter((now) =>
      isOpen(window, undefined, now),
    ).length;
  assert.equal(minutes('2026-03-29T00:00:00Z', 20), 0);
  assert.equal(minutes('2026-03-30T00:00:00Z', 20), 60 - 0);
  assert.equal(minutes('2026-10-24T23:00:00Z', 20), 120);
});

test('the same time twice is a whole day, and Sunday comes before Monday', () => {
  const sunday = { days: [7], from: 6 * 60, to: 6 * 60, zone: 'UTC' };
  assert.equal(open(sunday, '2026-01-11T05:59:00Z'), false);
  assert.equal(open(sunday, '2026-01-11T06:00:00Z'), true);
  assert.equal(open(sunday, '2026-01-12T05:59:00Z'), true);
  assert.equal(open(sunday, '2026-01-12T06:00:00Z'), false);
});

test('a zone that is not known here leaves the board to the zone of the rollout, however many there are', () => {
  const window = { days: EVERY_DAY, from: 12 * 60, to: 13 * 60, zone: 'UTC' };
  for (let index = 0; index < ZONES_CACHED + 10; index++)
    assert.equal(open(window, '2026-01-15T12:30:00Z', `Nowhere/Land${index}`), true);
  assert.equal(open({ ...window, zone: 'Nowhere/Land' }, '2026-01-15T12:30:00Z'), false);
});
