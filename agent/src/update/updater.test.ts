import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ERRORS } from '@perch/broker-bridge/protocol/errors.ts';
import { FRAME_DEFAULT } from '@perch/broker-bridge/protocol/limits.ts';
import { signManifest } from '@perch/broker-bridge/release.ts';
import { type Boot, endTrial, judgeBoot, putOnTrial, readBoot, writeBoot } from './boot-file.ts';
import { releaseName } from './install.ts';
import { folder, installed, KEY, onTrial, release, releaseKey, updaterOf } from './testing/release.ts';
import { PROVE_AFTER_MS } from './trial.ts';
import { loadUpdates, saveUpdates } from './update-file.ts';
import { Updater } from './updater.ts';

test('a release that the launcher went back from is reported as rolled back and not taken again', async (t) => {
  const state = folder(t);
  const { signed, manifest } = await onTrial(state);
  writeBoot(state, { current: 'packaged', gaveUp: releaseName(manifest) }); // as the launcher does
  const { updater } = updaterOf(state);
  assert.deepEqual(updater.report(), { sequence: 5, state: 2, code: ERRORS.ROLLED_BACK.number });
  updater.resume();
  updater.offer(signed.manifest, signed.signature);
  assert.equal(updater.busy, false);
  assert.deepEqual(readBoot(state), { current: 'packaged' }, 'told once');
  assert.deepEqual(readdirSync(join(state, 'releases')), []);
});

test('a release on trial has proved itself when a record of it is stored and it ran for a minute', async (t) => {
  const state = folder(t);
  const { manifest } = await onTrial(state);
  const name = releaseName(manifest);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { updater, notes } = updaterOf(state, '0.2.0');
  updater.resume();
  updater.stored();
  t.mock.timers.tick(PROVE_AFTER_MS - 1);
  assert.equal(readBoot(state).tries, 3, 'it could still crash');
  t.mock.timers.tick(1);
  assert.deepEqual(readBoot(state), { current: name, previous: 'packaged' });
  assert.deepEqual(notes, ['release 0.2.0 is in force']);
  assert.equal(loadUpdates(state).inForce?.sequence, 5);
  updater.stored();
  assert.equal(notes.length, 1, 'said once');
  assert.equal(putOnTrial(readBoot(state), '0.3.0-0123456789ab').previous, name);
});

test('however long it runs, a release of which no record arrives has proved nothing', async (t) => {
  const state = folder(t);
  await onTrial(state);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { updater } = updaterOf(state, '0.2.0');
  t.mock.timers.tick(10 * PROVE_AFTER_MS);
  assert.equal(readBoot(state).tries, 3);
  updater.stored();
  assert.equal(readBoot(state).tries, undefined);
});

test('the old version, which still gets answers while it ends, proves nothing for the new one', async (t) => {
  const state = folder(t);
  const updater = await installed(state);
  updater.stored();
  assert.equal(readBoot(state).tries, 3);
  updater.stop();
});

test('a board that was cut off between the proof and its note finds it again', async (t) => {
  const state = folder(t);
  await onTrial(state);
  writeBoot(state, endTrial(readBoot(state)));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { updater } = updaterOf(state, '0.2.0');
  updater.stored();
  t.mock.timers.tick(PROVE_AFTER_MS);
  assert.equal(loadUpdates(state).inForce?.sequence, 5);
});

test('an agent that no launcher started installs nothing, says so, and is not asked again', (t) => {
  const state = folder(t);
  const { signed } = release();
  const { updater, notes } = updaterOf(state, '0.1.0', false);
  updater.offer(signed.manifest, signed.signature);
  assert.equal(updater.busy, false);
  assert.deepEqual(updater.report(), { sequence: 5, state: 2, code: ERRORS.NO_LAUNCHER.number });
  assert.match(notes.at(-1)!, /not started by perch-launcher/);
});

test('a release under another key is refused in a way that the server hears, or it would offer it for ever', (t) => {
  const state = folder(t);
  const { manifest } = release();
  const forged = signManifest(manifest, releaseKey().privateKey);
  const { updater } = updaterOf(state);
  updater.offer(forged.manifest, forged.signature);
  assert.equal(updater.busy, false);
  assert.deepEqual(updater.report(), { sequence: 5, state: 2, code: ERRORS.BAD_SIGNATURE.number });
  assert.deepEqual(loadUpdates(state).blocked, [], 'the true release of that sequence is still welcome');
});

test('an offer that is no release at all leaves what came of the true one', async (t) => {
  const state = folder(t);
  const { signed, object } = release();
  const { updater } = updaterOf(state);
  updater.offer(signed.manifest, signed.signature);
  updater.offer(Buffer.from('no manifest'), new Uint8Array(64));
  assert.ok(existsSync(join(state, 'update/journal.json')));
  assert.equal(updater.report()?.state, 0);
  updater.takeFrame(1, 0, object.subarray(0, FRAME_DEFAULT));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(updater.busy);
  updater.stop();
});

test('frames that were asked for an earlier release are no part of this one', (t) => {
  const state = folder(t);
  const { signed, object } = release();
  const { updater } = updaterOf(state);
  updater.offer(signed.manifest, signed.signature);
  updater.takeFrame(7, 0, object.subarray(0, FRAME_DEFAULT));
  assert.equal(updater.status()?.percent, undefined);
  updater.stop();
});

test('where nothing starts the release on trial, the board gives it up instead of installing it for ever', async (t) => {
  const state = folder(t);
  const { signed } = await onTrial(state);
  const { updater, notes } = updaterOf(state); // the old version once more: there is no launcher
  assert.match(notes[0]!, /was not started; does perch-launcher start this agent\?/);
  updater.stored();
  updater.offer(signed.manifest, signed.signature);
  assert.equal(updater.busy, false);
  assert.deepEqual(updater.report(), { sequence: 5, state: 2, code: ERRORS.DOES_NOT_START.number });
  assert.deepEqual(readBoot(state), { current: 'packaged' });
});

test('a power cut before the release was put on trial: the installed object is taken from disk again', async (t) => {
  const state = folder(t);
  const { manifest } = await onTrial(state);
  rmSync(join(state, 'boot'));
  const { updater, restarts } = updaterOf(state);
  updater.stored();
  updater.resume();
  while (restarts() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(readBoot(state).current, releaseName(manifest));
});

test('a board never says that it has a release in hand which it has lost, or it would not be offered again', async (t) => {
  const state = folder(t);
  await onTrial(state);
  rmSync(join(state, 'boot'));
  rmSync(join(state, 'update'), { recursive: true });
  const { updater } = updaterOf(state);
  updater.resume();
  assert.equal(updater.report(), undefined);
});

test('a lost boot file leaves the packaged agent free to take what it is offered', async (t) => {
  const state = folder(t);
  const { signed, manifest } = await onTrial(state);
  const inForce = { name: releaseName(manifest), version: '0.2.0', sequence: 5 };
  saveUpdates(state, { blocked: [], inForce });
  rmSync(join(state, 'boot'));
  rmSync(join(state, 'update'), { recursive: true });
  const { updater } = updaterOf(state);
  updater.resume();
  updater.offer(signed.manifest, signed.signature);
  assert.ok(updater.busy);
  updater.stop();
});

test('what the board goes back to is the last release that proved itself, whatever is on trial', () => {
  const proved: Boot = { current: '0.2.0-aaaaaaaaaaaa', previous: 'packaged' };
  const first = putOnTrial(proved, '0.3.0-bbbbbbbbbbbb');
  assert.deepEqual(first, { current: '0.3.0-bbbbbbbbbbbb', previous: '0.2.0-aaaaaaaaaaaa', tries: 3 });
  assert.equal(putOnTrial(first, '0.4.0-cccccccccccc').previous, '0.2.0-aaaaaaaaaaaa');
  assert.equal(putOnTrial({}, '0.2.0-aaaaaaaaaaaa').previous, 'packaged');
  // A version that only begins like the one on trial is not it.
  const candidate: Boot = { current: '0.3.0-rc.1-bbbbbbbbbbbb', previous: 'packaged', tries: 2 };
  assert.ok(judgeBoot(candidate, '0.3.0-rc.1').onTrial);
  assert.equal(judgeBoot(candidate, '0.3.0').onTrial, false);
});

test('a damaged boot file starts the packaged agent, and damaged tries are none left', (t) => {
  const state = folder(t);
  const read = (text: string): Boot => {
    writeFileSync(join(state, 'boot'), text);
    return readBoot(state);
  };
  assert.deepEqual(read(''), {});
  assert.deepEqual(read('\0\0\0\0'), {});
  assert.deepEqual(read('current'), {});
  assert.deepEqual(read('current a\nprevious b\ntries x\n'), { current: 'a', previous: 'b', tries: 0 });
  const whole: Boot = { current: 'a', previous: 'b', tries: 0, gaveUp: 'c' };
  writeBoot(state, whole);
  assert.deepEqual(readBoot(state), whole);
});

test('a disk without room for the release is a reason that is told; the update is tried again later', {
  skip: process.getuid?.() === 0 ? false : 'needs root, to mount a small disk',
}, async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'perch-update-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', state]);
  t.after(() => {
    execFileSync('umount', [state]);
    rmSync(state, { recursive: true });
  });
  const { signed } = release();
  const notes: string[] = [];
  let fetched = 0;
  const updater = new Updater({
    state,
    platform: 'linux-x64',
    version: '0.1.0',
    releaseKey: KEY.publicKey,
    launched: true,
    random: () => 0.5,
    fetch: () => fetched++,
    news: () => {},
    restart: () => assert.fail('nothing was installed'),
    note: (text) => notes.push(text),
  });
  updater.offer(signed.manifest, signed.signature);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(updater.report(), { sequence: 5, state: 2, code: ERRORS.DISK.number });
  assert.match(notes.at(-1)!, /DISK: the release needs \d+ bytes free/);
  assert.equal(fetched, 0, 'space is checked first');
  assert.equal(updater.busy, false, 'no link need be held until then');
  assert.deepEqual(loadUpdates(state).blocked, []);
  updater.stop();
});
