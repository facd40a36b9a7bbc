import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparing } from './sparing.ts';
import { PROGRESS_MS } from './wire.ts';

test('the first and the last of a progress are told, and between them one now and then', () => {
  let now = 0; // as in a process that has just begun
  const told: number[] = [];
  const progress = sparing(
    (done) => void told.push(done),
    () => now,
  );
  for (const [at, done] of [
    [0, 1],
    [1, 2],
    [PROGRESS_MS - 1, 3],
    [PROGRESS_MS, 4],
    [PROGRESS_MS + 1, 5],
    [PROGRESS_MS + 2, 10],
  ] as const) {
    now = at;
    progress(done, 10);
  }
  assert.deepEqual(told, [1, 4, 10]);
});
