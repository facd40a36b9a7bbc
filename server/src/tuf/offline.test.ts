import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { keysIn } from './authority.ts';
import { readSigned, rootPath, targetsPath } from './file-io.ts';
import { initOffline, readOnlineKeys, rotateOffline, signOffline } from './offline.ts';
import { importMetadata, makeOnlineKeys, rotateKey } from './owner.ts';
import { ServedBoard, type TestPlace, withPlace } from './testing/test-place.ts';

interface Ceremony {
  place: TestPlace;
  /** The owner's folder. */
  owner: string;
  board: ServedBoard;
  /** Takes the owner's root of this version to the server, and targets that are signed anew. */
  take(version: number): Promise<void>;
  check(): Promise<string>;
}

async function onlineOf(place: TestPlace): Promise<{ snapshot: string; timestamp: string }> {
  const keys = await makeOnlineKeys(place);
  return Object.fromEntries(keys.map((key) => [key.role, key.public.keyVal.public])) as never;
}

/** A fleet with 3 root keys of which 2 must sign, and a board that is enrolled in it. */
const withCeremony = (body: (ceremony: Ceremony) => Promise<void>): Promise<void> =>
  withPlace(async (place) => {
    const owner = join(place.folder, 'owner');
    await initOffline({
      ...{ folder: owner, online: await onlineOf(place) },
      ...{ rootKeys: 3, threshold: 2, now: place.time },
    });
    const take = async (version: number): Promise<void> => {
      const files = [rootPath(owner, version), ...(version === 1 ? [targetsPath(owner)] : [])];
      await importMetadata(place, await Promise.all(files.map(readSigned)));
    };
    await take(1);
    const board = new ServedBoard(await place.store.metadata());
    const check = async (): Promise<string> => board.check(await place.store.metadata(), place.time);
    assert.equal(await check(), 'done');
    await body({ place, owner, board, take, check });
  });

const rootKeys = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('root-'));

/** A holder's folder, with this one of the root keys. */
function holder(place: TestPlace, owner: string, which: number): string {
  const folder = join(place.folder, `holder-${which}`);
  mkdirSync(folder, { mode: 0o700 });
  const name = rootKeys(owner)[which]!;
  cpSync(join(owner, name), join(folder, name));
  return folder;
}

test('the owner’s keys are private files, made once, and the server never sees them', () =>
  withCeremony(async ({ place, owner }) => {
    const names = readdirSync(owner).sort();
    assert.deepEqual(
      names.map((name) => name.replace(/-[0-9a-f]{8}\.pem/, '')),
      ['1.root.json', 'root', 'root', 'root', 'targets', 'targets.json'],
    );
    for (const name of names)
      if (name.endsWith('.pem')) assert.equal(statSync(join(owner, name)).mode & 0o777, 0o600);
    assert.equal(statSync(owner).mode & 0o777, 0o700);
    const online = { snapshot: 'a'.repeat(64), timestamp: 'b'.repeat(64) };
    const again = { folder: owner, online, rootKeys: 1, threshold: 1, now: place.time };
    await assert.rejects(initOffline(again), { code: 'OLD_METADATA', message: /choose an empty folder/ });
    assert.deepEqual(readdirSync(owner).sort(), names);
  }));

test('a root that too few have signed is not taken in; with the next signature it is', () =>
  withCeremony(async ({ place, owner, board, take, check }) => {
    const keys = rootKeys(owner);
    const second = holder(place, owner, 1);
    for (const name of keys.slice(1)) rmSync(join(owner, name));
    const { root, complete } = await rotateOffline({ folder: owner, role: 'targets', now: place.time });
    assert.deepEqual([root.version, complete], [2, false]);
    await assert.rejects(take(2), { code: 'BAD_SIGNATURE' });
    const signed = await signOffline(rootPath(owner, 2), second);
    assert.deepEqual([signed.signatures, signed.threshold], [2, 2]);
    await take(2);
    assert.equal(board.versions.root, 1);
    assert.equal(await check(), 'BAD_SIGNATURE', 'until the new key has signed the targets');
    assert.equal(board.versions.root, 2);
  }));

test('a root gets a new date, and nothing else of it changes', () =>
  withCeremony(async ({ place, owner, take, check, board }) => {
    place.sleep(300 * 86_400_000);
    const { root, complete } = await rotateOffline({ folder: owner, now: place.time });
    assert.equal(complete, true);
    assert.deepEqual(keysIn(root), keysIn(await readSigned(rootPath(owner, 1))));
    await take(2);
    assert.equal(await check(), 'done');
    assert.equal(board.versions.root, 2);
  }));

test('all root keys are exchanged, also when one is lost; those before sign nothing more', () =>
  withCeremony(async ({ place, owner, take, check }) => {
    const old = rootKeys(owner);
    rmSync(join(owner, old[0]!));
    const { complete } = await rotateOffline({ folder: owner, role: 'root', now: place.time });
    assert.equal(complete, true, 'two of three were enough');
    await take(2);
    assert.equal(await check(), 'done');
    for (const name of rootKeys(owner)) if (!old.includes(name)) rmSync(join(owner, name));
    await assert.rejects(rotateOffline({ folder: owner, now: place.time }), { code: 'BAD_SIGNATURE' });
  }));

test('the server’s key is exchanged: it makes the new one, and signs with it once the root names it', () =>
  withCeremony(async ({ place, owner, take, check, board }) => {
    await assert.rejects(rotateOffline({ folder: owner, role: 'timestamp', now: place.time }), {
      code: 'MALFORMED',
      message: /--online FILE/,
    });
    const { done, made } = await rotateKey(place, 'timestamp');
    assert.equal(done, false);
    const again = await rotateKey(place, 'timestamp');
    assert.equal(again.made.path, made.path, 'asked twice, one waits');
    assert.equal(await check(), 'done', 'and the old one counts');
    const before = keysIn(await readSigned(rootPath(owner, 1)));
    const snapshot = before.snapshot[0]!.keyVal.public!;
    const online = { snapshot, timestamp: made.public.keyVal.public! };
    await rotateOffline({ folder: owner, online, now: place.time });
    await take(2);
    assert.equal(await check(), 'done');
    assert.equal(board.versions.root, 2);
    const files = readdirSync(join(place.dataDir, 'keys', 'tuf')).filter((name) =>
      name.startsWith('timestamp'),
    );
    assert.equal(files.length, 1, 'the file of the old key is gone');
    await assert.rejects(rotateKey(place, 'targets'), { code: 'BAD_SIGNATURE', message: /--offline DIR/ });
  }));

test('what is no list of the server’s keys, no root, or no folder of keys is told as such', () =>
  withCeremony(async ({ place, owner }) => {
    const file = join(place.folder, 'online.json');
    for (const text of ['', '{}', '{"online":{"snapshot":"x","timestamp":"y"}}', ' '.repeat(300_000)]) {
      writeFileSync(file, text);
      await assert.rejects(readOnlineKeys(file), { code: 'MALFORMED', message: /keys show --json/ });
    }
    await assert.rejects(readOnlineKeys(join(place.folder, 'none')), {
      code: 'MALFORMED',
      message: /ENOENT/,
    });
    await assert.rejects(rotateOffline({ folder: place.folder, now: 0 }), {
      code: 'MALFORMED',
      message: /no root/,
    });
    await assert.rejects(signOffline(targetsPath(owner), owner), {
      code: 'MALFORMED',
      message: /not a root/,
    });
    const root = readFileSync(rootPath(owner, 1));
    await assert.rejects(signOffline(rootPath(owner, 1), place.folder), { code: 'BAD_SIGNATURE' });
    assert.deepEqual(readFileSync(rootPath(owner, 1)), root);
  }));
