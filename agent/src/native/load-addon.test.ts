import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { addonFolders, loadAddon } from './load-addon.ts';

const BYTES = Buffer.from('the bytes of a shared object');
const FILE = `thing-${createHash('sha256').update(BYTES).digest('hex')}.node`;
/** What dlopen says on a file system that is mounted noexec. */
const NOEXEC = 'failed to map segment from shared object: Operation not permitted';

describe('loading a native part', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'perch-addon-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const load = (folders: string[], open: (path: string) => unknown = (path) => path) =>
    loadAddon('thing', BYTES, { folders, open });
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  test('writes it for this user only, under a name that carries its hash', () => {
    const folder = join(root, 'state/native');
    const path = load([folder]) as string;
    assert.equal(path, join(folder, FILE));
    assert.deepEqual(readFileSync(path), BYTES);
    assert.deepEqual([modeOf(folder), modeOf(path)], [0o700, 0o600]);
    assert.deepEqual(readdirSync(folder), [FILE]);
  });

  test('uses the file again at the next start, and writes it anew when somebody changed it', () => {
    const folder = join(root, 'native');
    const path = load([folder]) as string;
    const first = statSync(path).ino;
    load([folder]);
    assert.equal(statSync(path).ino, first);

    writeFileSync(path, 'the bytes of a shared objecT');
    load([folder], (opened) => assert.deepEqual(readFileSync(opened), BYTES));
    assert.notEqual(statSync(path).ino, first);
  });

  test('deletes what an earlier version left of the same part, and nothing else', () => {
    const folder = join(root, 'native');
    load([folder]);
    loadAddon('other', BYTES, { folders: [folder], open: () => 0 });
    loadAddon('thing', Buffer.from('the next version'), { folders: [folder], open: () => 0 });
    const files = readdirSync(folder);
    assert.equal(files.length, 2);
    assert.equal(files.includes(FILE), false);
  });

  test('passes over folders that cannot be written, are mounted noexec, or are open to others', () => {
    writeFileSync(join(root, 'file'), '');
    const unwritable = join(root, 'file/native');
    const noexec = join(root, 'noexec');
    const shared = join(root, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    const good = join(root, 'good');
    const open = (path: string) => {
      if (path.startsWith(noexec)) throw new Error(NOEXEC);
      return path;
    };
    assert.equal(load([unwritable, noexec, shared, good], open), join(good, FILE));
    assert.deepEqual(readdirSync(noexec), [], 'what could not be loaded does not stay');
    assert.equal(existsSync(join(shared, FILE)), false);
  });

  test('when no folder does, lists each with its reason and says what to do', () => {
    const folders = ['/proc/perch', join(root, 'noexec')];
    const open = () => {
      throw new Error(NOEXEC);
    };
    assert.throws(
      () => load(folders, open),
      (error: Error) => {
        const lines = error.message.split('\n');
        assert.match(lines[0]!, /native part thing could not be loaded/);
        assert.match(lines[1]!, /^ {2}\/proc\/perch: ENOENT/);
        assert.match(lines[2]!, /noexec: failed to map segment.*not permitted$/);
        assert.match(lines[3]!, /Set PERCH_STATE to a folder/);
        return true;
      },
    );
  });

  test('prefers the state folder, then the folders that are gone after a restart', () => {
    const uid = process.getuid?.();
    assert.deepEqual(addonFolders({ PERCH_STATE: '/var/lib/perch', XDG_RUNTIME_DIR: '/run/user/7' }), [
      '/var/lib/perch/native',
      '/run/user/7/perch-native',
      '/run/perch/native',
      join(tmpdir(), `perch-native-${uid}`),
    ]);
    assert.equal(basename(addonFolders({})[0]!), 'native');
    assert.equal(addonFolders({}).length, 2);
  });
});
