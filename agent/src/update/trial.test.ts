import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { VirtualTime } from '../../../scripts/faults/virtual-time.ts';
import { type Boot, putOnTrial, readBoot, writeBoot } from './boot-file.ts';
import { folder } from './testing/folder.ts';
import { PROVE_AFTER_MS, Trial, WATCH_MS } from './trial.ts';

const NEW = '0.3.0-aaaaaaaaaaaa';
const OLD = '0.2.0-bbbbbbbbbbbb';
const OLDER = '0.1.0-cccccccccccc';

/** A start of a version with this boot file. */
function start(t: { after(fn: () => void): void }, boot: Boot, version = '0.3.0') {
  const state = folder(t);
  for (const name of [NEW, OLD, OLDER]) mkdirSync(join(state, 'releases', name), { recursive: true });
  writeBoot(state, boot);
  const time = new VirtualTime();
  const proved: string[] = [];
  const notes: string[] = [];
  const trial = new Trial({
    ...{ state, version, timers: time },
    proved: (name) => proved.push(name),
    note: (text) => notes.push(text),
  });
  t.after(() => trial.stop());
  return { state, time, proved, notes, trial, releases: () => readdirSync(join(state, 'releases')).sort() };
}

const TRIAL = putOnTrial({ current: OLD, previous: OLDER }, NEW);

test('a release has proved itself when a record of it is stored and it ran for a minute; then it is watched for an hour', async (t) => {
  const { state, time, proved, notes, trial, releases } = start(t, TRIAL);
  trial.stored();
  await time.advance(PROVE_AFTER_MS - 1);
  assert.equal(readBoot(state).proved, undefined, 'it could still crash');
  await time.advance(1);
  assert.deepEqual([readBoot(state).proved, readBoot(state).tries, trial.on], [true, 3, false]);
  assert.deepEqual(proved, [NEW]);
  assert.deepEqual(releases(), [OLD, NEW], 'what is older than the one before goes');
  await time.advance(WATCH_MS);
  assert.deepEqual(readBoot(state), { current: NEW, previous: OLD });
  trial.stored();
  assert.equal(notes.length, 1, 'said once');
});

test('however long it runs, a release of which no record arrives has proved nothing', async (t) => {
  const { state, time, trial } = start(t, TRIAL);
  await time.advance(10 * PROVE_AFTER_MS);
  assert.deepEqual(readBoot(state), TRIAL);
  trial.stored();
  assert.equal(readBoot(state).proved, true);
});

test('a release that is watched when the board starts is watched for another hour', async (t) => {
  const { state, time, trial } = start(t, { current: NEW, previous: OLD, tries: 2, proved: true });
  assert.equal(trial.watching, NEW);
  await time.advance(WATCH_MS - 1);
  assert.equal(readBoot(state).tries, 2);
  await time.advance(1);
  assert.equal(readBoot(state).tries, undefined);
});

test('the old version, which still gets answers while it ends, proves nothing for the new one', async (t) => {
  const { state, time, trial } = start(t, { current: OLD, previous: OLDER }, '0.2.0');
  writeBoot(state, TRIAL);
  trial.stored();
  await time.advance(2 * PROVE_AFTER_MS);
  assert.deepEqual(readBoot(state), TRIAL);
});

test('what was given up is told until it is settled, and its files go with it', (t) => {
  const { state, trial, releases } = start(t, { current: OLD, gaveUp: { name: NEW, why: 'tries' } }, '0.2.0');
  assert.deepEqual(trial.gaveUp, { name: NEW, why: 'tries' });
  trial.settle();
  assert.deepEqual(readBoot(state), { current: OLD });
  assert.deepEqual(releases(), [OLD]);
});

test('where nothing starts the release on trial, the board gives it up instead of installing it for ever', (t) => {
  const { state, trial } = start(t, TRIAL, '0.2.0');
  assert.deepEqual(trial.gaveUp, { name: NEW, why: 'start' });
  trial.settle();
  assert.deepEqual(readBoot(state), { current: OLD });
});
