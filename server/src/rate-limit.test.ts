import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimit } from './rate-limit.ts';

const limit = (keys = 10) => new RateLimit({ burst: 3, perSecond: 2, keys });
const taken = (one: RateLimit, key: string, times: number, now: number): number =>
  Array.from({ length: times }, () => one.take(key, now)).filter(Boolean).length;

test('a burst passes at once, and then so many per second', () => {
  const one = limit();
  assert.equal(taken(one, 'pi-1', 10, 0), 3);
  assert.equal(taken(one, 'pi-1', 10, 499), 0);
  assert.equal(taken(one, 'pi-1', 10, 500), 1);
  assert.equal(taken(one, 'pi-1', 10, 100_000), 3, 'never more than the burst is saved up');
});

test('one key does not pay for another', () => {
  const one = limit();
  assert.equal(taken(one, 'loud', 100, 0), 3);
  assert.equal(taken(one, 'quiet', 1, 0), 1);
});

test('a clock that is set back costs nobody a token', () => {
  const one = limit();
  assert.equal(taken(one, 'pi-1', 1, 3_600_000), 1);
  assert.equal(taken(one, 'pi-1', 2, 0), 2, 'an hour back: what was left of the burst');
  assert.equal(taken(one, 'pi-1', 5, 1000), 2, 'and tokens come again from there');
});

test('as many keys as are set are remembered; the one used longest ago goes', () => {
  const one = limit(2);
  taken(one, 'a', 3, 0);
  taken(one, 'b', 3, 0);
  taken(one, 'c', 3, 0);
  assert.equal(taken(one, 'b', 1, 0), 0, 'remembered');
  assert.equal(taken(one, 'a', 1, 0), 1, 'forgotten, so full again');
});
