import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import {
  FILE_LIMITS,
  type MetadataFile,
  ROLES,
  type Role,
} from '@perch/broker-bridge/update/metadata-file.ts';
import { tufKey } from '@perch/broker-bridge/update/signing.ts';
import { newKey, releaseOf } from '@perch/broker-bridge/update/testing/test-fleet.ts';
import { RELEASES_KEPT } from '../store/contract.ts';
import { firstRoot, followUps, holdersOf, LIVES, nextRoot, nextTargets } from './authority.ts';
import { ROOT_KEYS_LIMIT } from './offline.ts';
import type { RoleKey } from './role-keys.ts';
import { isSignedBy, newestOf, releasesIn } from './signed-files.ts';
import { DAY, ServedBoard, START } from './testing/test-place.ts';

const roleKey = (role: Role): RoleKey => {
  const privateKey = newKey();
  return { role, path: '', privateKey, public: tufKey(createPublicKey(privateKey)) };
};

const publicOf = (keys: RoleKey[], role: Role) =>
  keys.filter((key) => key.role === role).map((key) => key.public);

/** Keys of every role, and the files of the first day. */
function begin(): { keys: RoleKey[]; files: MetadataFile[] } {
  const keys = ROLES.map(roleKey);
  const named = Object.fromEntries(ROLES.map((role) => [role, publicOf(keys, role)])) as never;
  const root = firstRoot(named, 1, keys, START);
  return { keys, files: [root, ...followUps([root], keys, START)] };
}

const roles = (files: MetadataFile[]): string[] => files.map(({ role }) => role);

test('on the first day all files follow from the root, and a board is content with them', () => {
  const { files } = begin();
  assert.deepEqual(roles(files), ['root', 'targets', 'snapshot', 'timestamp']);
  for (const file of files) assert.equal(file.expires, START + LIVES[file.role]);
  assert.equal(new ServedBoard(files).check(files, START), 'done');
});

test('nothing follows while all is young, and each file once half of its life is over', () => {
  const { keys, files } = begin();
  const after = (ms: number): string[] => roles(followUps(files, keys, START + ms));
  assert.deepEqual(after(0), []);
  assert.deepEqual(after(LIVES.timestamp / 2), []);
  assert.deepEqual(after(LIVES.timestamp / 2 + 1), ['timestamp']);
  assert.deepEqual(after(LIVES.snapshot / 2 + 1), ['snapshot', 'timestamp']);
  assert.deepEqual(after(LIVES.targets / 2 + 1), ['root', 'targets', 'snapshot', 'timestamp']);
});

test('a server that looks now and then keeps a board content for years', () => {
  const { keys, files } = begin();
  const board = new ServedBoard(files);
  for (let day = 0; day < 3 * 365; day += 6) {
    files.push(...followUps(files, keys, START + day * DAY));
    if (day % 60 === 0) assert.equal(board.check(files, START + day * DAY), 'done', `day ${day}`);
  }
  assert.ok(board.versions.root > 4);
});

test('a release changes targets, and what names them; the releases before stay named', () => {
  const { keys, files } = begin();
  const [first, second] = [releaseOf(), releaseOf({ version: '0.3.0', sequence: 2 })];
  for (const release of [first, second]) {
    const previous = newestOf(files, 'targets')!;
    const targets = nextTargets(
      previous,
      [...releasesIn(previous), release],
      holdersOf(files[0]!, 'targets', keys),
      START,
    );
    files.push(targets);
    const follow = followUps(files, keys, START);
    assert.deepEqual(roles(follow), ['snapshot', 'timestamp']);
    files.push(...follow);
  }
  const board = new ServedBoard(files);
  assert.equal(board.check(files, START), 'done');
  assert.equal(board.trust?.target('linux-arm64', '0.2.0')?.sequence, 1);
  assert.equal(board.trust?.target('linux-arm64', '0.3.0')?.sequence, 2);
});

test('of each platform the newest releases stay named, and the rest go', () => {
  const many = Array.from({ length: RELEASES_KEPT + 3 }, (_, at) =>
    releaseOf({ version: `0.${at + 1}.0`, sequence: at + 1 }),
  );
  const other = releaseOf({ platform: 'linux-x64' });
  const named = releasesIn(nextTargets(undefined, [other, ...many], [newKey()], START));
  assert.deepEqual(
    named.filter(({ platform }) => platform === 'linux-arm64').map(({ sequence }) => sequence),
    many
      .map(({ sequence }) => sequence)
      .slice(3)
      .reverse(),
  );
  assert.equal(named.filter(({ platform }) => platform === 'linux-x64').length, 1);
});

test('every role’s key is exchanged, and what it signed is signed anew', () => {
  for (const role of ROLES) {
    const { keys, files } = begin();
    const board = new ServedBoard(files);
    board.check(files, START);
    const fresh = roleKey(role);
    const all = [...keys, fresh];
    files.push(nextRoot(files[0]!, { [role]: [fresh.public] }, all, START));
    const follow = followUps(files, all, START + 1000);
    const expected = {
      root: [],
      targets: ['targets', 'snapshot', 'timestamp'],
      snapshot: ['snapshot', 'timestamp'],
    };
    assert.deepEqual(roles(follow), { ...expected, timestamp: ['timestamp'] }[role]);
    files.push(...follow);
    assert.equal(board.check(files, START + 1000), 'done', role);
    assert.equal(board.versions.root, 2);
    const old = keys.filter((key) => key.role === role);
    const forged = followUps(
      files.filter((file) => file.role !== role),
      old,
      START,
    );
    assert.deepEqual(forged, [], 'the old key signs nothing');
  }
});

test('a server with the online keys alone can sign nothing of the owner’s', () => {
  const { keys, files } = begin();
  const online = keys.filter(({ role }) => role === 'snapshot' || role === 'timestamp');
  assert.deepEqual(roles(followUps(files, online, START + LIVES.targets)), ['snapshot', 'timestamp']);
  assert.deepEqual(followUps([files[0]!], online, START), [], 'nor name targets that are not there');
});

test('versions go by the clock, so that an old backup is not behind what boards have seen; but never back', () => {
  const { keys, files } = begin();
  const timestamp = newestOf(files, 'timestamp')!;
  assert.equal(timestamp.version, START / 1000);
  // The clock was set back by a year, and the snapshot is due for another reason.
  const other = files.filter(({ role }) => role !== 'snapshot');
  const [snapshot, again] = followUps(other, keys, START - 365 * DAY);
  assert.equal(snapshot?.version, START / 1000 - 365 * 86_400);
  assert.equal(again?.version, START / 1000 + 1);

  const { keys: keysThen, files: backup } = begin();
  const board = new ServedBoard(backup);
  const now = [...backup, ...followUps(backup, keysThen, START + 40 * DAY)];
  assert.equal(board.check(now, START + 40 * DAY), 'done');
  const restored = [...backup, ...followUps(backup, keysThen, START + 41 * DAY)];
  assert.equal(board.check(restored, START + 41 * DAY), 'done');
});

test('a root with as many keys as may be can exchange them all within the limit of its file', () => {
  const keys = Array.from({ length: ROOT_KEYS_LIMIT }, () => roleKey('root'));
  const others = ROLES.slice(1).map(roleKey);
  const named = {
    root: publicOf(keys, 'root'),
    timestamp: publicOf(others, 'timestamp'),
    snapshot: publicOf(others, 'snapshot'),
    targets: publicOf(others, 'targets'),
  };
  const first = firstRoot(named, ROOT_KEYS_LIMIT, keys, START);
  const fresh = keys.map(() => roleKey('root'));
  const next = nextRoot(first, { root: publicOf(fresh, 'root') }, [...keys, ...fresh], START);
  assert.ok(next.bytes.length < FILE_LIMITS.root);
  assert.ok(isSignedBy(first, next) && isSignedBy(next, next));
});

test('targets that somebody wrote into the database are not signed for him, however good the keys are', () => {
  const { keys, files } = begin();
  const forged = files.map((file) =>
    file.role === 'targets'
      ? {
          ...file,
          bytes: Buffer.from(
            Buffer.from(file.bytes)
              .toString()
              .replace(/"sig":"(.)/, '"sig":"0$1'),
          ),
        }
      : file,
  );
  assert.throws(() => followUps(forged, keys, START), { code: 'BAD_SIGNATURE', message: /signed by no key/ });
  // Another key for targets: those that the old one signed are signed anew.
  const other = roleKey('targets');
  const root = nextRoot(files[0]!, { targets: [other.public] }, keys, START);
  assert.deepEqual(roles(followUps([...files, root], [...keys, other], START)), [
    ...['targets', 'snapshot', 'timestamp'],
  ]);
});
