import assert from 'node:assert/strict';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Boot,
  CUTS,
  endWatch,
  judgeBoot,
  prove,
  putOnTrial,
  readBoot,
  TRIES,
  writeBoot,
} from './boot-file.ts';
import { folder } from './testing/folder.ts';
import { loadUpdates, saveUpdates, type UpdateMemory } from './update-file.ts';

test('what the board goes back to is the last release that proved itself, never one on trial', () => {
  const proved: Boot = { current: '0.2.0-aaaaaaaaaaaa', previous: 'packaged' };
  const first = putOnTrial(proved, '0.3.0-bbbbbbbbbbbb');
  assert.deepEqual(first, {
    ...{ current: '0.3.0-bbbbbbbbbbbb', previous: '0.2.0-aaaaaaaaaaaa' },
    ...{ tries: TRIES, cuts: CUTS },
  });
  assert.equal(putOnTrial(first, '0.4.0-cccccccccccc').previous, '0.2.0-aaaaaaaaaaaa');
  assert.equal(putOnTrial(prove(first), '0.4.0-cccccccccccc').previous, '0.3.0-bbbbbbbbbbbb');
  assert.equal(putOnTrial({}, '0.2.0-aaaaaaaaaaaa').previous, 'packaged');
});

test('a release is on trial until it proved itself, then watched, then neither', () => {
  const trial: Boot = { current: '0.3.0-bbbbbbbbbbbb', previous: 'packaged', tries: 1, cuts: 4, boot: 'x' };
  assert.equal(judgeBoot(trial, '0.3.0').phase, 'trial');
  const watched = prove(trial);
  assert.deepEqual([watched.tries, watched.cuts], [TRIES, undefined]);
  assert.equal(judgeBoot(watched, '0.3.0').phase, 'watched');
  const settled = endWatch(watched);
  assert.deepEqual(settled, { current: '0.3.0-bbbbbbbbbbbb', previous: 'packaged' });
  assert.equal(judgeBoot(settled, '0.3.0').phase, 'settled');
  // A version that only begins like the one on trial is not it.
  const candidate: Boot = { current: '0.3.0-rc.1-bbbbbbbbbbbb', previous: 'packaged', tries: 2 };
  assert.equal(judgeBoot(candidate, '0.3.0-rc.1').phase, 'trial');
  assert.deepEqual(judgeBoot(candidate, '0.3.0').gaveUp, { name: '0.3.0-rc.1-bbbbbbbbbbbb', why: 'start' });
});

test('the state is read as it was written; damage starts the packaged agent, and damaged counts are none left', (t) => {
  const state = folder(t);
  const whole: Boot = {
    ...{ current: 'a', previous: 'b', tries: 0, cuts: 9, boot: 'id', proved: true },
    gaveUp: { name: 'c', why: 'late' },
  };
  for (const boot of [{}, whole, { current: 'a' }, endWatch(whole)]) {
    writeBoot(state, boot);
    assert.deepEqual(readBoot(state), boot);
  }
  writeBoot(state, { current: 'a', boot: 'b\ntries x' });
  assert.equal(readBoot(state).tries, 0);
  for (const copy of ['a', 'b']) writeFileSync(join(state, `boot.${copy}`), '\0\0\0');
  assert.deepEqual(readBoot(state), {});
});

test('what the board remembers survives the loss of a copy, and is nothing worse than forgotten without both', (t) => {
  const state = folder(t);
  const known = { name: '0.2.0-aaaaaaaaaaaa', version: '0.2.0', sequence: 5 };
  const memory: UpdateMemory = {
    blocked: [3, 4],
    inForce: known,
    tried: { ...known, trials: 2, reached: 'a link to the broker' },
    last: { sequence: 5, version: '0.2.0', state: 'failed', code: 'DISK', detail: 'full' },
  };
  saveUpdates(state, memory);
  saveUpdates(state, memory);
  assert.deepEqual(loadUpdates(state), memory);
  truncateSync(join(state, 'update-memory.a'), 10);
  assert.deepEqual(loadUpdates(state), memory);
  rmSync(join(state, 'update-memory.b'));
  assert.deepEqual(loadUpdates(state), { blocked: [] });
  for (const last of [{}, { sequence: 1, version: 'a', state: 'lost' }, 'x', null]) {
    saveUpdates(state, { ...memory, last } as UpdateMemory);
    const { last: _, ...rest } = memory;
    assert.deepEqual(loadUpdates(state), rest, 'without what could not be told in Hello');
  }
});
