import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { ERRORS } from '@perch/broker-bridge/protocol/errors.ts';
import { FRAME_DEFAULT } from '@perch/broker-bridge/protocol/limits.ts';
import { type Manifest, openManifest, sha256Hex, signManifest } from '@perch/broker-bridge/release.ts';
import fc from 'fast-check';
import { type Boot, endTrial, judgeBoot, putOnTrial, readBoot, writeBoot } from './boot-file.ts';
import { FrameBook, narrower, WINDOW_START, wider } from './frame-book.ts';
import { installRelease, releaseName, verifyObject } from './install.ts';
import { JOURNAL_FRAMES, PartFile } from './part-file.ts';
import { type Board, compareVersions, planUpdate, retryAfter } from './plan.ts';
import { Transfer } from './transfer.ts';
import { PROVE_AFTER_MS } from './trial.ts';
import { BLOCKED_LIMIT, block, loadUpdates, saveUpdates } from './update-file.ts';
import { Updater } from './updater.ts';

function releaseKey(): { privateKey: KeyObject; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url') };
}
const KEY = releaseKey();

/** A release whose executable is a script that tells its version. */
function release(version = '0.2.0', change: Partial<Manifest> = {}, script = `#!/bin/sh\necho ${version}\n`) {
  const executable = Buffer.concat([Buffer.from(script), Buffer.from(`# ${'x'.repeat(300_000)}\n`)]);
  const object = zstdCompressSync(executable);
  const manifest: Manifest = {
    perch: 1,
    platform: 'linux-x64',
    version,
    sequence: 5,
    length: executable.length,
    sha256: sha256Hex(executable),
    object: { length: object.length, sha256: sha256Hex(object) },
    ...change,
  };
  return { executable, object, manifest, signed: signManifest(manifest, KEY.privateKey) };
}

const BOARD: Board = {
  platform: 'linux-x64',
  version: '0.1.0',
  releaseKey: KEY.publicKey,
  sequence: 0,
  blocked: [],
  launched: true,
};

function folder(t: { after(fn: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'perch-update-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a board installs only what its release key signed for its platform, newer than what it runs', () => {
  const plan = (signed: { manifest: Uint8Array; signature: Uint8Array }, board: Partial<Board> = {}) =>
    planUpdate(signed.manifest, signed.signature, { ...BOARD, ...board });
  const { signed, manifest } = release();
  assert.deepEqual(plan(signed), { do: 'install', manifest });
  assert.deepEqual(plan(signed, { version: '0.2.0' }).do, 'nothing');
  assert.deepEqual(plan(signed, { platform: 'linux-arm64' }), {
    do: 'decline',
    sequence: 5,
    code: 'WRONG_PLATFORM',
  });
  assert.deepEqual(plan(signed, { version: '0.3.0' }), { do: 'decline', sequence: 5, code: 'OLD_RELEASE' });
  assert.deepEqual(plan(signed, { sequence: 5 }), { do: 'decline', sequence: 5, code: 'OLD_RELEASE' });
  assert.deepEqual(plan(signed, { blocked: [5] }), { do: 'decline', sequence: 5, code: 'ROLLED_BACK' });
  assert.throws(() => plan(signed, { releaseKey: releaseKey().publicKey }), { code: 'BAD_SIGNATURE' });
  for (let i = 0; i < signed.manifest.length; i++) {
    const altered = Uint8Array.from(signed.manifest);
    altered[i]! ^= 1;
    assert.throws(() => plan({ ...signed, manifest: altered }), { code: 'BAD_SIGNATURE' });
  }
  assert.throws(() => openManifest(new Uint8Array(5000), signed.signature, KEY.publicKey), {
    code: 'TOO_LONG',
  });
});

test('versions compare as semver.org section 11 orders them', () => {
  const ordered = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  for (const [i, a] of ordered.entries())
    for (const [j, b] of ordered.entries())
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} ${b}`);
});

test('a frame book asks for what is missing, in order, until it is whole; a strange frame is refused', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1024, max: 8192 }),
      fc.infiniteStream(fc.nat()),
      (length, frame, picks) => {
        const book = new FrameBook(length, frame);
        const seen = new Set<number>();
        while (!book.done) {
          const offsets = book.missing(8);
          assert.ok(offsets.length > 0);
          const offset = offsets[picks.next().value! % offsets.length]!;
          assert.ok(book.isNew(offset, Math.min(frame, length - offset)));
          assert.ok(!seen.has(offset));
          seen.add(offset);
          book.mark(offset);
          assert.ok(!book.isNew(offset, Math.min(frame, length - offset)));
        }
        assert.deepEqual(book.missing(8), []);
        assert.ok(new FrameBook(length, frame, book.bitmap).done, 'the bitmap remembers');
      },
    ),
    { numRuns: 50 },
  );
  const book = new FrameBook(10_000, 4096);
  for (const [offset, length] of [
    [1, 4096],
    [0, 4095],
    [8192, 4096],
    [12_288, 1],
    [0, 5000],
  ] as const)
    assert.throws(() => book.isNew(offset, length), { code: 'BAD_RANGE' });
});

test('the window narrows by half at a timeout and widens by one, within its limits', () => {
  let window = WINDOW_START;
  for (let i = 0; i < 20; i++) window = wider(window);
  assert.equal(window.size, 8);
  window = narrower(window);
  assert.deepEqual(window, { size: 4, timeouts: 1 });
  for (let i = 0; i < 20; i++) window = narrower(window);
  assert.equal(window.size, 1);
});

test('a transfer that is cut at any point goes on from its journal and fetches no journalled frame again', async (t) => {
  const state = folder(t);
  const bytes = Buffer.alloc(64 * 1024 * 40 + 100, 7);
  const signed = { manifest: Buffer.from('a release'), signature: Buffer.alloc(64) };
  let asked: number[] = [];
  const run = async (frames: number): Promise<boolean> => {
    const part = new PartFile(state, bytes.length, signed);
    let left = frames;
    asked = [];
    const transfer = new Transfer({
      part,
      random: () => 0.5,
      progress: () => {},
      fetch(frame, offsets) {
        queueMicrotask(() => {
          for (const offset of offsets) {
            if (left-- <= 0) return transfer.stop(); // the power is cut
            asked.push(offset);
            transfer.take(1, offset, bytes.subarray(offset, offset + frame));
          }
        });
        return 1;
      },
    });
    transfer.start();
    await Promise.race([transfer.done, new Promise((resolve) => setTimeout(resolve, 50))]);
    transfer.stop();
    return part.book.done;
  };
  assert.equal(await run(JOURNAL_FRAMES + 4), false);
  assert.equal(await run(1000), true);
  assert.ok(
    asked.every((offset) => offset >= JOURNAL_FRAMES * 64 * 1024),
    'what was journalled is not asked for again',
  );
  assert.deepEqual(readFileSync(join(state, 'update/object.part')), bytes);
  const journal = join(state, 'update/journal.json');
  writeFileSync(journal, readFileSync(journal, 'utf8').slice(0, 40));
  const again = new PartFile(state, bytes.length, signed);
  assert.equal(again.book.done, false, 'a torn journal begins anew');
  again.close();
});

test('an object installs beside the old one only when length and hash are as signed and it starts', async (t) => {
  const state = folder(t);
  const path = join(state, 'object');
  const install = async (object: Uint8Array, manifest: Manifest) => {
    writeFileSync(path, object);
    await verifyObject(path, manifest);
    return installRelease(state, path, manifest);
  };
  const nothing = () =>
    assert.deepEqual(existsSync(join(state, 'releases')) ? readdirSync(join(state, 'releases')) : [], []);

  const { object, manifest } = release();
  const rotten = Uint8Array.from(object);
  rotten[20]! ^= 1;
  await assert.rejects(install(rotten, manifest), { code: 'WRONG_HASH' });
  await assert.rejects(install(object.subarray(0, 30), manifest), { code: 'WRONG_LENGTH' });
  await assert.rejects(install(object, { ...manifest, length: manifest.length - 1 }), {
    code: 'WRONG_LENGTH',
  });
  await assert.rejects(install(object, { ...manifest, sha256: '0'.repeat(64) }), { code: 'WRONG_HASH' });
  nothing();
  // A few kilobytes that unpack to 64 MiB stop at the signed length.
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
  const bombed = release('0.2.0', { object: { length: bomb.length, sha256: sha256Hex(bomb) } });
  await assert.rejects(install(bomb, bombed.manifest), { code: 'WRONG_LENGTH' });
  const noZstd = Buffer.from('this is not zstd at all');
  const odd = release('0.2.0', { object: { length: noZstd.length, sha256: sha256Hex(noZstd) } });
  await assert.rejects(install(noZstd, odd.manifest), { code: 'WRONG_HASH' });
  const wrongVersion = release('0.2.0', {}, '#!/bin/sh\necho 0.3.0\n');
  await assert.rejects(install(wrongVersion.object, wrongVersion.manifest), { code: 'DOES_NOT_START' });
  const crash = release('0.2.0', {}, '#!/bin/sh\nexit 1\n');
  await assert.rejects(install(crash.object, crash.manifest), { code: 'DOES_NOT_START' });
  const alien = release('0.2.0', {}, '\x7fELF\x02\x01\x01 not for this machine');
  await assert.rejects(install(alien.object, alien.manifest), { code: 'DOES_NOT_START' });
  nothing();

  const name = await install(object, manifest);
  assert.equal(name, releaseName(manifest));
  const executable = join(state, 'releases', name, 'perch-agent');
  assert.equal(statSync(executable).mode & 0o777, 0o700);
  assert.equal(sha256Hex(readFileSync(executable)), manifest.sha256);
});

test('given-up releases are remembered, bounded, and survive a damaged file', (t) => {
  const state = folder(t);
  let memory = loadUpdates(state);
  for (let i = 1; i <= BLOCKED_LIMIT + 5; i++) memory = block(memory, i);
  assert.equal(memory.blocked.length, BLOCKED_LIMIT);
  assert.equal(memory.blocked.at(-1), BLOCKED_LIMIT + 5);
  saveUpdates(state, memory);
  assert.deepEqual(loadUpdates(state), memory);
  truncateSync(join(state, 'update.json'), 10);
  assert.deepEqual(loadUpdates(state).blocked, []);
  for (const last of [{}, { sequence: 1, name: 'a', state: 'lost' }, 'x', null]) {
    writeFileSync(join(state, 'update.json'), JSON.stringify({ ...memory, last }));
    assert.deepEqual(loadUpdates(state), memory, 'without what could not be told in Hello');
  }
});

/** An updater of a board that runs `version`, and what it says. */
function updaterOf(state: string, version = '0.1.0', launched = true) {
  const notes: string[] = [];
  let restarts = 0;
  const updater = new Updater({
    state,
    platform: 'linux-x64',
    version,
    releaseKey: KEY.publicKey,
    launched,
    random: () => 0.5,
    fetch: () => 1,
    news: () => {},
    restart: () => {
      restarts += 1;
    },
    note: (text) => notes.push(text),
  });
  return { updater, notes, restarts: () => restarts };
}

/** A board that has a release on trial, as the run before it left it. */
async function onTrial(state: string, made = release()) {
  const { object, signed, manifest } = made;
  const { updater, restarts } = updaterOf(state);
  updater.offer(signed.manifest, signed.signature);
  for (const offset of new FrameBook(object.length).missing(100))
    updater.takeFrame(1, offset, object.subarray(offset, offset + FRAME_DEFAULT));
  while (restarts() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  updater.stop();
  assert.deepEqual(readBoot(state), { current: releaseName(manifest), previous: 'packaged', tries: 3 });
  return made;
}

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
  const { object, signed } = release();
  const { updater, restarts } = updaterOf(state);
  updater.offer(signed.manifest, signed.signature);
  for (const offset of new FrameBook(object.length).missing(100))
    updater.takeFrame(1, offset, object.subarray(offset, offset + FRAME_DEFAULT));
  while (restarts() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
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

test('frames that were asked for an earlier release are no part of this one', (t) => {
  const state = folder(t);
  const { signed, object } = release();
  const { updater } = updaterOf(state);
  updater.offer(signed.manifest, signed.signature);
  updater.takeFrame(7, 0, object.subarray(0, FRAME_DEFAULT));
  assert.equal(updater.status()?.percent, undefined);
  updater.stop();
});

test('when an update is tried again: damaged bytes once, a faulty release never, else with growing pauses', () => {
  assert.equal(retryAfter('WRONG_HASH', 1, 0), 0);
  assert.equal(retryAfter('WRONG_HASH', 2, 0), undefined);
  assert.equal(retryAfter('DOES_NOT_START', 1, 0), undefined);
  for (const code of ['DISK', 'BUSY', 'BAD_RANGE', 'MALFORMED'] as const) {
    assert.equal(retryAfter(code, 1, 0.999), 59_970);
    assert.ok(retryAfter(code, 20, 0.999)! <= 3_600_000);
  }
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
