import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Platform } from '@perch/broker-bridge/release.ts';
import { nextTargets } from '../tuf/authority.ts';
import { readSigned, rootPath, targetsPath, writeSigned } from '../tuf/file-io.ts';
import { initOffline, rotateOffline } from '../tuf/offline.ts';
import { importMetadata, makeOnlineKeys } from '../tuf/owner.ts';
import { readRoleKeys } from '../tuf/role-keys.ts';
import { ServedBoard, type TestPlace, withPlace } from '../tuf/testing/test-place.ts';
import { executablePath } from './executables.ts';
import { publishSigned } from './publish-signed.ts';
import { elfOf } from './sample-elf.ts';
import { type SignInput, signReleases } from './sign-offline.ts';

/** A production fleet: the owner's folder, and a server that has the online keys alone. */
interface Fleet {
  place: TestPlace;
  owner: string;
  targets: string;
  /** Builds an executable and gives its path. */
  build(platform: Platform, version: string, length?: number): string;
  sign(files: string[], version?: string, more?: Partial<SignInput>): ReturnType<typeof signReleases>;
  publish(...files: string[]): ReturnType<typeof publishSigned>;
}

const withFleet = (body: (fleet: Fleet) => Promise<void>): Promise<void> =>
  withPlace(async (place) => {
    const owner = join(place.folder, 'owner');
    const keys = await makeOnlineKeys(place);
    const online = Object.fromEntries(keys.map((key) => [key.role, key.public.keyVal.public])) as never;
    await initOffline({ folder: owner, online, rootKeys: 1, threshold: 1, now: place.time });
    const targets = targetsPath(owner);
    await importMetadata(place, [await readSigned(rootPath(owner, 1)), await readSigned(targets)]);
    await body({
      ...{ place, owner, targets },
      build(platform, version, length = 5000) {
        const file = join(place.folder, `agent-${platform}-${version}-${length}`);
        writeFileSync(file, elfOf(platform, length, version), { mode: 0o755 });
        return file;
      },
      sign(files, version, more) {
        place.sleep(1000);
        return signReleases({ folder: owner, files, version, now: place.time, ...more });
      },
      publish: (...files) => publishSigned({ ...place, now: place.now, targets, files }),
    });
  });

test('what the owner signed elsewhere is published with its executables, for several platforms at once', () =>
  withFleet(async ({ place, build, sign, publish }) => {
    const files = [build('linux-arm64', '0.2.0'), build('linux-x64', '0.2.0')];
    const signed = await sign(files, '0.2.0');
    assert.deepEqual(
      signed.releases.map(({ platform, sequence }) => [platform, sequence]),
      [
        ['linux-arm64', 1],
        ['linux-x64', 1],
      ],
    );
    const released = await publish(...files);
    assert.deepEqual(released.map(({ platform }) => platform).sort(), ['linux-arm64', 'linux-x64']);
    for (const [at, file] of files.entries())
      assert.deepEqual(
        readFileSync(executablePath(place.dataDir, signed.releases[at]!.sha256)),
        readFileSync(file),
      );
    const board = new ServedBoard(await place.store.metadata());
    assert.equal(board.check(await place.store.metadata(), place.time), 'done');
    assert.equal(board.trust?.target('linux-arm64', '0.2.0')?.sha256, signed.releases[0]?.sha256);

    const newer = build('linux-arm64', '0.3.0');
    await sign([newer], '0.3.0');
    assert.equal((await publish(newer))[0]?.sequence, 2, 'the ones before need not be named again');
    assert.equal((await place.store.releases()).length, 3);
  }));

test('a file that is not what was signed, or is missing, publishes nothing', () =>
  withFleet(async ({ place, build, sign, publish }) => {
    const file = build('linux-arm64', '0.2.0');
    await sign([file], '0.2.0');
    const before = await place.store.metadata();
    await assert.rejects(publish(), { code: 'NO_TARGET', message: /linux-arm64\/0\.2\.0 is missing/ });
    await assert.rejects(publish(file, build('linux-arm64', '0.2.0', 5001)), { code: 'WRONG_HASH' });
    await assert.rejects(publish(place.folder), { code: 'MALFORMED' });
    assert.deepEqual(await place.store.metadata(), before);
    assert.deepEqual(await place.store.releases(), []);
    assert.equal(readdirSync(place.dataDir).includes('executables'), false);
    await publish(file);
  }));

test('targets that name executables which are not here come with them, and not alone', () =>
  withFleet(async ({ place, targets, build, sign, publish }) => {
    const file = build('linux-arm64', '0.2.0');
    await sign([file], '0.2.0');
    await assert.rejects(importMetadata(place, [await readSigned(targets)]), {
      code: 'NO_TARGET',
      message: /linux-arm64\/0\.2\.0.*release publish --targets/,
    });
    await publish(file);
    await sign([], undefined);
    await importMetadata(place, [await readSigned(targets)]);
  }));

test('an index that is not the executable’s own would fail on every board, so it is not published', () =>
  withFleet(async ({ place, owner, targets, build, sign, publish }) => {
    const file = build('linux-arm64', '0.2.0');
    const { releases } = await sign([file], '0.2.0');
    const keys = (await readRoleKeys(owner)).filter(({ role }) => role === 'targets');
    const wrong = nextTargets(
      await readSigned(targets),
      releases.map((release) => ({ ...release, index: 'ab'.repeat(32) })),
      keys.map((key) => key.privateKey),
      place.time,
    );
    await writeSigned(targets, wrong);
    await assert.rejects(publish(file), { code: 'WRONG_HASH', message: /another index/ });
  }));

test('targets that a stranger signed, that are old, or that leave out what boards have are refused', () =>
  withFleet(async ({ place, owner, targets, build, sign, publish }) => {
    const file = build('linux-arm64', '0.2.0');
    const empty = readFileSync(targets);
    await sign([file], '0.2.0');
    await publish(file);
    const good = readFileSync(targets);
    await assert.rejects(publish(), { code: 'OLD_METADATA' });
    writeFileSync(targets, empty);
    await assert.rejects(publish(), { code: 'MIXED_METADATA', message: /leave out 0\.2\.0/ });
    await sign([], undefined);
    await assert.rejects(publish(), { code: 'MIXED_METADATA', message: /leave out 0\.2\.0/ });
    // The owner began again and gave the version to another build.
    writeFileSync(targets, empty);
    const other = build('linux-arm64', '0.2.0', 6000);
    await sign([other], '0.2.0');
    await assert.rejects(publish(other), { code: 'MIXED_METADATA', message: /another 0\.2\.0/ });

    const spoilt = Buffer.from(good.toString().replace('"sequence":1', '"sequence":7'));
    writeFileSync(targets, spoilt);
    await assert.rejects(publish(), { code: 'BAD_SIGNATURE' });
    writeFileSync(targets, readFileSync(rootPath(owner, 1)));
    await assert.rejects(publish(), { code: 'MALFORMED', message: /is root metadata/ });
    writeFileSync(targets, JSON.stringify(JSON.parse(good.toString()), null, 1));
    await assert.rejects(publish(), { code: 'MALFORMED', message: /several lines/ });
    writeFileSync(targets, Buffer.alloc(200_000));
    await assert.rejects(publish(), { code: 'TOO_LONG' });
    assert.equal((await place.store.releases()).length, 1);
  }));

test('signing is refused for the same reasons as publishing', () =>
  withFleet(async ({ place, owner, targets, build, sign }) => {
    const file = build('linux-arm64', '0.2.0');
    const before = readFileSync(targets);
    await assert.rejects(sign([file], '0.2.1'), {
      code: 'MALFORMED',
      message: /nothing in it says so|says that/,
    });
    await assert.rejects(sign([file], 'new'), { code: 'MALFORMED', message: /not a version/ });
    const text = join(place.folder, 'text');
    writeFileSync(text, '#!/bin/sh\necho "0.2.0"');
    await assert.rejects(sign([text], '0.2.0'), { code: 'WRONG_PLATFORM' });
    await assert.rejects(sign([join(place.folder, 'none')], '0.2.0'), { code: 'MALFORMED' });
    assert.deepEqual(readFileSync(targets), before);
    await sign([file], '0.2.0');
    await assert.rejects(sign([build('linux-arm64', '0.2.0', 5001)], '0.2.0'), { code: 'OLD_RELEASE' });
    const again = await sign([file], '0.2.0');
    assert.equal(again.releases[0]?.sequence, 1, 'the same file again is the same release');
    await assert.rejects(sign([file], '0.2.0', { folder: place.folder }), { code: 'BAD_SIGNATURE' });
    const elsewhere = join(place.folder, 'elsewhere');
    await initOffline({
      folder: elsewhere,
      online: { snapshot: 'a'.repeat(64), timestamp: 'b'.repeat(64) },
      rootKeys: 1,
      threshold: 1,
      now: place.time,
    });
    copyFileSync(rootPath(owner, 1), targetsPath(elsewhere));
    await assert.rejects(sign([file], '0.2.0', { folder: elsewhere }), { code: 'MALFORMED' });
  }));

test('a release may be signed again as one that replaces newer ones', () =>
  withFleet(async ({ place, build, sign, publish }) => {
    const [old, newer] = [build('linux-arm64', '0.2.0'), build('linux-arm64', '0.3.0')];
    await sign([old], '0.2.0');
    await sign([newer], '0.3.0');
    await publish(old, newer);
    await sign([old], '0.2.0', { mayReplace: 2 });
    assert.deepEqual(await publish(), [], 'no file is new');
    const board = new ServedBoard(await place.store.metadata());
    board.check(await place.store.metadata(), place.time);
    assert.equal(board.trust?.target('linux-arm64', '0.2.0')?.mayReplace, 2);
  }));

test('after the targets key was stolen its thief publishes nothing, once the owner exchanged it', () =>
  withFleet(async ({ place, owner, targets, build, sign, publish }) => {
    const file = build('linux-arm64', '0.2.0');
    await sign([file], '0.2.0');
    await publish(file);
    const board = new ServedBoard(await place.store.metadata());
    board.check(await place.store.metadata(), place.time);
    const stolen = join(place.folder, 'stolen');
    cpSync(owner, stolen, { recursive: true });

    await rotateOffline({ folder: owner, role: 'targets', now: place.time });
    await importMetadata(place, [await readSigned(rootPath(owner, 2))]);
    await sign([], undefined);
    await publish();
    assert.equal(board.check(await place.store.metadata(), place.time), 'done');

    const evil = build('linux-arm64', '6.6.6');
    await sign([evil], '6.6.6', { folder: stolen });
    copyFileSync(targetsPath(stolen), targets);
    await assert.rejects(publish(evil), { code: 'BAD_SIGNATURE' });
  }));
