import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WAIT_LIMIT_MS } from '@perch/broker-bridge/protocol/limits.ts';
import { backlogWait, LOADED_WAIT_MS, okOf, UNLOADED_ROWS } from './ok.ts';
import { WAITING_ROWS_LIMIT } from './store/group-commit.ts';

const record = { number: 1, timestamp: 1, per: 1, values: new Map() };
const calm = { time: 5_000, waitingRows: 0, behind: false };

test('backlogs are held the longer the more rows wait for the disk, and not at all by a store at ease', () => {
  assert.equal(backlogWait(0), 0);
  assert.equal(backlogWait(UNLOADED_ROWS), 0, 'up to an eighth of what may wait');
  const half = backlogWait((UNLOADED_ROWS + WAITING_ROWS_LIMIT) / 2);
  assert.equal(half, LOADED_WAIT_MS / 2);
  assert.equal(backlogWait(WAITING_ROWS_LIMIT), LOADED_WAIT_MS);
  assert.equal(backlogWait(WAITING_ROWS_LIMIT * 2), LOADED_WAIT_MS, 'one call may be larger than the limit');
  assert.ok(LOADED_WAIT_MS <= WAIT_LIMIT_MS, 'what an OK can carry');
});

test('the time is told to a board that does not know it, and to no other', () => {
  assert.deepEqual(okOf(7, { records: [record] }, calm), { name: 'ok', re: 7 });
  const time = { name: 'ok', re: 7, time: 5_000 };
  assert.deepEqual(okOf(7, { records: [], timeless: true }, calm), time);
  assert.deepEqual(okOf(7, { records: [record, { ...record, unsynchronised: true }] }, calm), time);
});

test('an OK says that the store is loaded, and that numbers went back', () => {
  const loaded = { ...calm, waitingRows: WAITING_ROWS_LIMIT, behind: true };
  assert.deepEqual(okOf(7, { records: [record] }, loaded), {
    ...{ name: 'ok', re: 7, wait: LOADED_WAIT_MS, behind: true },
  });
});
