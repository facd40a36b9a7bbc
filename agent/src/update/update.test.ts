import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { type Manifest, openManifest, sha256Hex } from '@perch/broker-bridge/release.ts';
import fc from 'fast-check';
import { FrameBook, narrower, WINDOW_START, wider } from './frame-book.ts';
import { installRelease, releaseName, verifyObject } from './install.ts';
import { JOURNAL_FRAMES, PartFile } from './part-file.ts';
import { type Board, compareVersions, planUpdate, retryAfter } from './plan.ts';
import { folder, KEY, release, releaseKey } from './testing/release.ts';
import { Transfer } from './transfer.ts';
import { BLOCKED_LIMIT, block, loadUpdates, saveUpdates } from './update-file.ts';

const BOARD: Board = {
  platform: 'linux-x64',
  version: '0.1.0',
  releaseKey: KEY.publicKey,
  sequence: 0,
  blocked: [],
  launched: true,
};

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

test('when an update is tried again: damaged bytes once, a faulty release never, else with growing pauses', () => {
  assert.equal(retryAfter('WRONG_HASH', 1, 0), 0);
  assert.equal(retryAfter('WRONG_HASH', 2, 0), undefined);
  assert.equal(retryAfter('DOES_NOT_START', 1, 0), undefined);
  for (const code of ['DISK', 'BUSY', 'BAD_RANGE', 'MALFORMED'] as const) {
    assert.equal(retryAfter(code, 1, 0.999), 59_970);
    assert.ok(retryAfter(code, 20, 0.999)! <= 3_600_000);
  }
});
