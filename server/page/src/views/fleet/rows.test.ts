import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiQuery, ariaSort, nextSort, queryOf, SEARCH_LIMIT } from './query.ts';
import { AGAIN_MS, PAGES_KEPT, pagesOf, rangeOf, rowAfter, surplus, toLoad } from './rows.ts';

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

test('a page that could not be loaded is left alone for a while, however often the list is drawn', () => {
  const range = { first: 90, end: 210 };
  const kept = new Map([[0, []]]);
  const failed = new Map([[1, 10_000]]);
  assert.deepEqual(toLoad(range, kept, new Map(), 10_000), [1, 2]);
  assert.deepEqual(toLoad(range, kept, failed, 10_000 + AGAIN_MS - 1), [2]);
  assert.deepEqual(toLoad(range, kept, failed, 10_000 + AGAIN_MS), [1, 2]);
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
  assert.equal(asked(`q=${'x'.repeat(SEARCH_LIMIT + 1)}`).search, 'x'.repeat(SEARCH_LIMIT));
  assert.deepEqual(asked('show=everything'), { sort: 'alias' });
});

test('clicks on a head turn the order round where the server knows it', () => {
  assert.equal(nextSort('alias', 'lastSeen'), '-lastSeen');
  assert.equal(nextSort('-lastSeen', 'lastSeen'), 'lastSeen');
  assert.equal(nextSort('health', 'health'), 'alias');
  assert.equal(ariaSort('-lastSeen', 'lastSeen'), 'descending');
  assert.equal(ariaSort('alias', 'lastSeen'), undefined);
});
