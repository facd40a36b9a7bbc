import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { ROLES, type Role } from '@perch/broker-bridge/update/metadata-file.ts';
import { LIVES } from './authority.ts';
import { currentMetadata, importMetadata, makeOnlineKeys, rootHash, rotateKey } from './owner.ts';
import { readRoleKeys, tufFolder } from './role-keys.ts';
import { newestOf } from './signed-files.ts';
import { ServedBoard, type TestPlace, withPlace } from './testing/test-place.ts';

const keyFiles = (place: TestPlace): string[] => readdirSync(tufFolder(place.dataDir)).sort();
const versionOf = async (place: TestPlace, role: Role): Promise<number> =>
  newestOf(await place.store.metadata(), role)?.version ?? 0;

test('the first start makes a key for each role that only the owner can read, and files that boards take', () =>
  withPlace(async (place) => {
    const [files, meanwhile] = await Promise.all([currentMetadata(place), currentMetadata(place)]);
    assert.deepEqual(meanwhile, files);
    assert.equal(statSync(tufFolder(place.dataDir)).mode & 0o777, 0o700);
    const names = keyFiles(place);
    assert.deepEqual(
      names.map((name) => name.replace(/-[0-9a-f]{8}\.pem$/, '')),
      [...ROLES].sort(),
    );
    for (const name of names)
      assert.equal(statSync(join(tufFolder(place.dataDir), name)).mode & 0o777, 0o600);
    assert.equal(new ServedBoard(files).check(files, place.time), 'done');
    assert.deepEqual(await currentMetadata(place), files, 'and later starts the same');
    assert.equal((await rootHash(place)).length, 32);
  }));

test('keys that were made before the power went are used, and not made again', () =>
  withPlace(async (place) => {
    await currentMetadata(place);
    const names = keyFiles(place);
    const { store } = place;
    const empty = { ...place, store: { ...store, metadata: async () => [], addMetadata: async () => {} } };
    // The snapshot key is made last, the root key first.
    const [root, snapshot, ...rest] = names as [string, string, string, string];
    rmSync(join(tufFolder(place.dataDir), snapshot));
    await currentMetadata(empty);
    const after = keyFiles(place);
    assert.deepEqual([after[0], ...after.slice(2)], [root, ...rest]);
    assert.match(after[1]!, /^snapshot-/);
  }));

test('what is due is signed anew whenever somebody looks', () =>
  withPlace(async (place) => {
    const before = await currentMetadata(place);
    place.sleep(LIVES.timestamp / 2 + 1);
    const after = await currentMetadata(place);
    assert.notEqual(newestOf(after, 'timestamp')?.version, newestOf(before, 'timestamp')?.version);
    assert.equal(newestOf(after, 'snapshot')?.version, newestOf(before, 'snapshot')?.version);
  }));

test('each role’s key is exchanged on a server that has them all; the old file goes, and boards follow', () =>
  withPlace(async (place) => {
    const board = new ServedBoard(await currentMetadata(place));
    for (const role of ROLES) {
      const before = keyFiles(place);
      const { done, made } = await rotateKey(place, role);
      assert.equal(done, true);
      const after = keyFiles(place);
      assert.equal(after.length, 4);
      assert.equal(after.filter((name) => !before.includes(name)).length, 1);
      assert.ok(existsSync(made.path));
      place.sleep(1000);
      assert.equal(board.check(await place.store.metadata(), place.time), 'done', role);
    }
    assert.equal(board.versions.root, 5);
  }));

test('a key that was taken away never comes back, although its file is still there', () =>
  withPlace(async (place) => {
    await currentMetadata(place);
    const [name] = keyFiles(place).filter((each) => each.startsWith('timestamp'));
    const path = join(tufFolder(place.dataDir), name!);
    const stolen = readFileSync(path);
    await rotateKey(place, 'timestamp');
    writeFileSync(path, stolen, { mode: 0o600 }); // as if the power had gone before it was removed
    const { made } = await rotateKey(place, 'timestamp');
    assert.notEqual(made.path, path);
    assert.deepEqual(
      keyFiles(place).filter((each) => each.startsWith('timestamp')),
      [basename(made.path)],
    );
  }));

test('a stolen timestamp key is worth nothing once it is exchanged, however far it went ahead', () =>
  withPlace(async (place) => {
    const board = new ServedBoard(await currentMetadata(place));
    // The thief's clock is years ahead.
    place.sleep(20 * LIVES.root);
    const stolen = await currentMetadata(place);
    place.sleep(-20 * LIVES.root);
    assert.equal(board.check(stolen, place.time), 'done');
    await rotateKey(place, 'timestamp');
    assert.equal(board.check(await place.store.metadata(), place.time), 'done');
    assert.equal(board.check(stolen, place.time), 'BAD_SIGNATURE');
  }));

test('keys that are damaged or open to others are told of, and nothing is signed without them', () =>
  withPlace(async (place) => {
    await currentMetadata(place);
    const [name] = keyFiles(place).filter((each) => each.startsWith('timestamp'));
    const path = join(tufFolder(place.dataDir), name!);
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, good.slice(0, 70));
    await assert.rejects(currentMetadata(place), { code: 'DISK', message: /timestamp role.*is damaged/ });
    rmSync(path);
    place.sleep(LIVES.snapshot / 2 + 1);
    const files = await currentMetadata(place);
    assert.equal(newestOf(files, 'timestamp')?.version, await versionOf(place, 'timestamp'));
    assert.ok(newestOf(files, 'timestamp')!.expires < place.time);
    writeFileSync(path, good, { mode: 0o600 });
    assert.equal(new ServedBoard(files).check(await currentMetadata(place), place.time), 'done');
  }));

test('a server whose owner signs elsewhere has no files, and lets no board in, until it has a root', () =>
  withPlace(async (place) => {
    const keys = await makeOnlineKeys(place);
    assert.deepEqual(keys.map(({ role }) => role).sort(), ['snapshot', 'timestamp']);
    assert.equal((await makeOnlineKeys(place)).length, 2, 'and makes them once');
    assert.deepEqual(await currentMetadata(place), []);
    await assert.rejects(rootHash(place), { code: 'NO_TARGET', message: /keys import/ });
    await assert.rejects(rotateKey(place, 'timestamp'), { code: 'NO_TARGET' });
    assert.equal((await readRoleKeys(tufFolder(place.dataDir))).length, 2);
  }));

test('a root of another fleet, one that skips a version, and one without our keys are not taken in', () =>
  withPlace(async (place) => {
    const files = await currentMetadata(place);
    await assert.rejects(makeOnlineKeys(place), { code: 'OLD_METADATA' });
    await withPlace(async (other) => {
      const theirs = await currentMetadata(other);
      const root = newestOf(theirs, 'root')!;
      await assert.rejects(importMetadata(place, [root]), {
        code: 'MIXED_METADATA',
        message: /another root 1/,
      });
      await assert.rejects(importMetadata(place, [newestOf(theirs, 'targets')!]), { code: 'BAD_SIGNATURE' });
      await rotateKey(other, 'targets');
      const second = newestOf(await other.store.metadata(), 'root')!;
      await assert.rejects(importMetadata(place, [second]), { code: 'BAD_SIGNATURE' });
      await rotateKey(other, 'targets');
      const third = newestOf(await other.store.metadata(), 'root')!;
      await assert.rejects(importMetadata(place, [third]), { code: 'BAD_SIGNATURE' });
      await withPlace(async (fresh) => {
        await makeOnlineKeys(fresh);
        await assert.rejects(importMetadata(fresh, [second]), { code: 'MIXED_METADATA', message: /root 1/ });
        await assert.rejects(importMetadata(fresh, [root, third]), {
          code: 'MIXED_METADATA',
          message: /follow/,
        });
        await assert.rejects(importMetadata(fresh, [root]), { code: 'BAD_SIGNATURE', message: /names no/ });
        assert.deepEqual(await fresh.store.metadata(), []);
      });
    });
    await importMetadata(
      place,
      files.filter(({ role }) => role === 'root'),
    );
    assert.deepEqual(await place.store.metadata(), files, 'the same again changes nothing');
  }));
