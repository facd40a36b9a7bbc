import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { calmly } from './calmly.ts';

test('many wishes are one turn, and a later one waits its time', async () => {
  let turns = 0;
  const calm = calmly(() => turns++, 60);
  for (let i = 0; i < 100; i++) calm.soon();
  await wait(20);
  assert.equal(turns, 1);
  calm.soon();
  await wait(10);
  assert.equal(turns, 1);
  await wait(90);
  assert.equal(turns, 2);
});

test('what is stopped is not done', async () => {
  let turns = 0;
  const calm = calmly(() => turns++, 0);
  calm.soon();
  calm.stop();
  await wait(20);
  assert.equal(turns, 0);
});
