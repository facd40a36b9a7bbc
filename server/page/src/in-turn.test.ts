import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTurn } from './in-turn.ts';

/** An act that ends when it is told to. */
function slow() {
  const ends: (() => void)[] = [];
  const turn = inTurn(() => new Promise((done) => ends.push(done)));
  return { ...turn, ends, settle: () => new Promise((done) => setImmediate(done)) };
}

test('a slow turn ends before the next, and many wishes meanwhile are one more', async () => {
  const { ask, ends, settle } = slow();
  for (let i = 0; i < 5; i++) ask();
  assert.equal(ends.length, 1);
  ends[0]!();
  await settle();
  assert.equal(ends.length, 2);
  ends[1]!();
  await settle();
  assert.equal(ends.length, 2);
  ask();
  assert.equal(ends.length, 3, 'and it goes on after that');
});

test('what is stopped takes no further turn', async () => {
  const { ask, stop, ends, settle } = slow();
  ask();
  ask();
  stop();
  ends[0]!();
  await settle();
  ask();
  assert.equal(ends.length, 1);
});
