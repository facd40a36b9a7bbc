import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiQuery, ariaSort, nextSort, queryOf } from './query.ts';
import { PAGES_KEPT, pagesOf, rangeOf, rowAfter, surplus } from './rows.ts';

test('of 10,000 boards only those that are seen are drawn, and asked for', () => {
  const range = rangeOf(40 * 5_000, 800, 40, 10_000);
  assert.deepEqual(range, { first: 4_992, end: 5_028 });
  assert.deepEqual(pagesOf(range), [49, 50]);
  assert.deepEqual(pagesOf(rangeOf(0, 800, 40, 10_000)), [0]);
});

test('a list that is shorter than the window, empty, or scrolled past its end is drawn whole', () => {
  assert.deepEqual(rangeOf(0, 800, 40, 3), { first: 0, end: 3 });
  assert.deepEqual(pagesOf(rangeOf(0, 800, 40, 0)), []);
  assert.deepEqual(rangeOf(-300, 800, 40, 3), { first: 0, end: 3 });
  assert.equal(rangeOf(9_000, 800, 40, 3).end, 3);
});

test('pages far from what is seen are forgotten', () => {
  const kept = Array.from({ length: PAGES_KEPT + 2 }, (_, page) => page);
  assert.deepEqual(surplus(kept, 0), [PAGES_KEPT, PAGES_KEPT + 1]);
  assert.deepEqual(surplus([1, 2], 900), []);
});

test('keys lead through the list and stop at its ends', () => {
  assert.equal(rowAfter('ArrowDown', 9, 10, 5), 9);
  assert.equal(rowAfter('PageUp', 3, 10, 5), 0);
  assert.equal(rowAfter('PageDown', 3, 10, 5), 8);
  assert.equal(rowAfter('End', 3, 10, 5), 9);
  assert.equal(rowAfter('x', 3, 10, 5), undefined);
});

test("an address becomes the server's query, and nonsense in it nothing", () => {
  const asked = (text: string) => apiQuery(queryOf(new URLSearchParams(text)));
  assert.deepEqual(asked(''), { sort: 'alias' });
  assert.deepEqual(asked('q= pi &show=offline&group=lab&sort=-version'), {
    ...{ status: 'approved', online: false, search: 'pi', group: 'lab', sort: '-version' },
  });
  assert.deepEqual(asked('show=everything'), { sort: 'alias' });
});

test('clicks on a head turn the order round where the server knows it', () => {
  assert.equal(nextSort('alias', 'lastSeen'), '-lastSeen');
  assert.equal(nextSort('-lastSeen', 'lastSeen'), 'lastSeen');
  assert.equal(nextSort('health', 'health'), 'alias');
  assert.equal(ariaSort('-lastSeen', 'lastSeen'), 'descending');
  assert.equal(ariaSort('alias', 'lastSeen'), undefined);
});
