import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { RecordRow, Store } from './contract.ts';
import { runStoreContract } from './contract-suite.ts';
import { keyOf, recordOf } from './sample-rows.ts';
import { openSqliteStore } from './sqlite.ts';
import { APPLICATION_ID, MIGRATIONS } from './sqlite-schema.ts';

const module = new URL('./sqlite.ts', import.meta.url).href;

runStoreContract('sqlite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-store-'));
  const location = join(folder, 'data', 'perch.db');
  let store = await openSqliteStore(location);
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore(location);
      return store;
    },
    destroy: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
    opener: { module, name: 'openSqliteStore', location },
  };
});

async function inFolder(body: (folder: string, path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-store-'));
  try {
    await body(folder, join(folder, 'perch.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const many = (from: number, count: number): RecordRow[] =>
  Array.from({ length: count }, (_, index) => recordOf({ number: from + index }));

async function filled(path: string): Promise<void> {
  const store = await openSqliteStore(path);
  await store.addRecords(many(1, 500));
  await store.close();
}

test('a second opening in one process leaves the first one its lock, or another program could take the log away', () =>
  inFolder(async (_folder, path) => {
    const store = await openSqliteStore(path);
    await store.addRecords(many(1, 20));
    /** The locks of this process on the database (proc_locks(5)). */
    const locks = (): string[] =>
      readFileSync('/proc/locks', 'utf8')
        .split('\n')
        .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${statSync(path).ino} `))
        .map((line) => line.replace(/^[0-9]+: /, ''));
    const before = locks();
    assert.equal(before.length, 1);
    await (await openSqliteStore(path)).close();
    assert.deepEqual(locks(), before);
    await store.close();
  }));

test('nobody but the owner can read the database', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'new', 'deep', 'perch.db');
    const store = await openSqliteStore(path);
    await store.addRecords([recordOf()]);
    for (const name of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(name).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'new', 'deep')).mode & 0o777, 0o700);
    await store.close();
  }));

test('a file that is no database, another program’s or a newer one is refused with one clear error', () =>
  inFolder(async (folder, path) => {
    writeFileSync(path, 'these are my holiday notes, please keep them\n'.repeat(100));
    await assert.rejects(openSqliteStore(path), { code: 'DISK', message: /perch\.db is not a database/ });
    assert.match(readFileSync(path, 'utf8'), /^these are my holiday notes/);

    const foreign = join(folder, 'foreign.db');
    const other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    await assert.rejects(openSqliteStore(foreign), { code: 'DISK', message: /another program/ });

    const newer = join(folder, 'newer.db');
    await filled(newer);
    const db = new DatabaseSync(newer);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await assert.rejects(openSqliteStore(newer), { code: 'DISK', message: /newer Perch \(schema 99/ });
  }));

test('a database of an earlier Perch is brought up to date with all that is in it', () =>
  inFolder(async (_, path) => {
    const old = new DatabaseSync(path);
    old.exec(`${MIGRATIONS[0]} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
    const device = old.prepare('INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    device.run('greenhouse-1', keyOf(1), 'ab', 'approved', 'linux-arm64', '0.1.0', 3, null, null, 1, 2);
    const stored = recordOf({ boot: '' });
    const { alias, stream, number, timestamp, per, configVersion, version, received } = stored;
    old
      .prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        ...([alias, stream, number, timestamp, 1, per, configVersion, version] as const),
        ...([JSON.stringify(stored.values), JSON.stringify(stored.errors), received] as const),
      );
    old.close();
    const store = await openSqliteStore(path);
    assert.deepEqual(await store.records('greenhouse-1'), [stored]);
    assert.equal((await store.devicesOf('greenhouse-1'))[0]?.restart, undefined);
    // Its board sends it again, as the OK was lost while the server was brought up to date.
    assert.deepEqual(await store.addRecords([recordOf()]), { fresh: [], behind: false });
    const other = await store.addRecords([recordOf({ timestamp: 5 })]);
    assert.deepEqual([other.fresh.length, other.behind], [1, true]);
    await store.close();
    await (await openSqliteStore(path)).close();
  }));

test('a damaged database is refused and left as it is', () =>
  inFolder(async (folder, path) => {
    await filled(path);
    const whole = readFileSync(path);
    truncateSync(path, whole.length - 8192);
    await assert.rejects(openSqliteStore(path), { code: 'DISK', message: /is damaged: restore it/ });

    const scratched = join(folder, 'scratched.db');
    const bytes = Buffer.from(whole);
    for (let page = 4096; page < bytes.length; page += 8192) bytes.fill(0xa5, page, page + 200);
    writeFileSync(scratched, bytes);
    await assert.rejects(openSqliteStore(scratched), { code: 'DISK', message: /is damaged: restore it/ });
    assert.deepEqual(readFileSync(scratched), bytes);
  }));

test('a folder that cannot be made is one clear error', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(openSqliteStore(join(folder, 'file', 'perch.db')), {
      code: 'DISK',
      message: /cannot create .*perch\.db/,
    });
  }));

/** Lets another connection of the same process hold the write lock while `body` runs. */
async function locked(path: string, body: () => Promise<void>): Promise<void> {
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  try {
    await body();
  } finally {
    other.exec('ROLLBACK');
    other.close();
  }
}

test('while another process holds the database every call of the commit gets BUSY, and then all is well', () =>
  inFolder(async (_, path) => {
    const store = await openSqliteStore(path);
    await locked(path, async () => {
      const calls = [
        store.addRecords([recordOf({ number: 1 })]),
        store.addRecords([recordOf({ number: 2 })]),
        store.updateDevice('greenhouse-1', keyOf(1), { lastSeen: 1 }),
      ];
      const results = await Promise.allSettled(calls);
      assert.deepEqual(
        results.map((result) => result.status === 'rejected' && result.reason.code),
        ['BUSY', 'BUSY', 'BUSY'],
      );
    });
    assert.equal((await store.addRecords(many(1, 2))).fresh.length, 2);
    await store.close();
  }));

test('a full disk rejects with DISK, keeps what was acknowledged, and goes on when there is space again', () =>
  inFolder(async (_, path) => {
    await filled(path);
    const full = await openSqliteStore(path, { maxPages: 100 });
    const kept = await fillUp(full);
    assert.equal((await full.records('greenhouse-1')).length, Math.min(1000, kept), 'reading goes on');
    await full.close();

    const roomy = await openSqliteStore(path);
    const stored = await countOf(roomy);
    assert.equal(stored, kept);
    assert.equal((await roomy.addRecords(many(kept + 1, 3))).fresh.length, 3);
    await roomy.close();
  }));

async function fillUp(store: Store): Promise<number> {
  for (let kept = 500; ; kept += 50) {
    try {
      await store.addRecords(many(kept + 1, 50));
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'DISK');
      assert.match((error as Error).message, /the disk is full/);
      return kept;
    }
  }
}

async function countOf(store: Store): Promise<number> {
  let count = 0;
  let since = 0;
  for (;;) {
    const page = await store.records('greenhouse-1', { since, order: 'oldest' });
    if (page.length === 0) return count;
    count += page.length;
    since = page.at(-1)!.timestamp + 1;
  }
}
