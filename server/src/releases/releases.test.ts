import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { FRAME_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import { openManifest, sha256Hex } from '@perch/broker-bridge/release.ts';
import { loadKeys, type ServerKeys } from '../keys.ts';
import type { Store } from '../store/contract.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { OBJECTS_OPEN, ObjectStore } from './object-store.ts';
import { objectPath } from './pack.ts';
import { type PublishInput, publishRelease } from './publish.ts';
import { elfOf } from './sample-elf.ts';

interface Bench {
  dataDir: string;
  store: Store;
  keys: ServerKeys;
  file: string;
  publish(input?: Partial<PublishInput>): ReturnType<typeof publishRelease>;
}

async function withBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-release-'));
  const dataDir = join(folder, 'data');
  const store = await openSqliteStore(databasePath(dataDir));
  const file = join(folder, 'perch-agent');
  try {
    const keys = await loadKeys(dataDir, store);
    writeFileSync(file, elfOf('linux-x64', 3_000_000));
    const base = {
      ...{ store, dataDir, releaseKey: keys.release.privateKey, file, now: 1000, level: 3 },
      ...{ platform: 'linux-x64', version: '0.2.0' },
    };
    const publish = (input: Partial<PublishInput> = {}) => publishRelease({ ...base, ...input });
    await body({ dataDir, store, keys, file, publish });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

test('a published release is signed, and its object unpacks to the very executable', () =>
  withBench(async ({ dataDir, store, keys, file, publish }) => {
    const steps: [number, number][] = [];
    const { published, release } = await publish({ progress: (done, total) => steps.push([done, total]) });
    assert.equal(published, true);
    const bytes = readFileSync(file);
    assert.deepEqual(steps.at(-1), [bytes.length, bytes.length]);
    assert.ok(steps.length > 1);
    const object = readFileSync(objectPath(dataDir, release.objectSha256));
    assert.equal(sha256Hex(object), release.objectSha256);
    assert.deepEqual(zstdDecompressSync(object), bytes);
    assert.equal(statSync(objectPath(dataDir, release.objectSha256)).mode & 0o777, 0o600);
    assert.deepEqual(openManifest(release.manifest, release.signature, keys.release.publicKey), {
      ...{ perch: 1, platform: 'linux-x64', version: '0.2.0', sequence: 1 },
      ...{ length: bytes.length, sha256: sha256Hex(bytes) },
      object: { length: object.length, sha256: sha256Hex(object) },
    });
    const [wanted] = await store.wanted();
    assert.deepEqual(wanted?.manifest, new Uint8Array(release.manifest));
    assert.equal(wanted?.created, 1000);
  }));

test('sequences count up per platform', () =>
  withBench(async ({ file, publish }) => {
    const sequences = [];
    for (const version of ['0.1.0', '0.2.0', '0.1.1'])
      sequences.push((await publish({ version })).release.sequence);
    writeFileSync(file, elfOf('linux-arm64', 10_000));
    sequences.push((await publish({ platform: 'linux-arm64' })).release.sequence);
    assert.deepEqual(sequences, [1, 2, 3, 1]);
  }));

test('the same file twice is nothing new; the same version with other content is refused', () =>
  withBench(async ({ dataDir, store, file, publish }) => {
    const first = await publish();
    const again = await publish({ now: 2000 });
    assert.equal(again.published, false);
    assert.equal(again.release.sequence, first.release.sequence);
    assert.equal((await store.releases()).length, 1);
    const objects = readdirSync(join(dataDir, 'objects'));
    writeFileSync(file, elfOf('linux-x64', 3_000_001));
    await assert.rejects(publish(), { code: 'OLD_RELEASE', message: /0\.2\.0 of linux-x64 is published/ });
    assert.deepEqual(readdirSync(join(dataDir, 'objects')), objects);

    writeFileSync(file, elfOf('linux-x64', 3_000_000));
    truncateSync(objectPath(dataDir, first.release.objectSha256), 10);
    await assert.rejects(publish(), { code: 'DISK', message: /lost or damaged/ });
  }));

test('what is no executable of the platform is refused before anything is written', () =>
  withBench(async ({ dataDir, store, file, publish }) => {
    const elf = elfOf('linux-x64', 5000);
    const changed = (at: number, value: number): Buffer => {
      const bytes = Buffer.from(elf);
      bytes[at] = value;
      return bytes;
    };
    const cases: [Buffer, RegExp][] = [
      [Buffer.from('#!/bin/sh\necho hello, I am a shell script\n'), /not a Linux executable/],
      [Buffer.alloc(0), /not a Linux executable/],
      [elf.subarray(0, 19), /not a Linux executable/],
      [elfOf('linux-arm64', 5000), /is for arm64, not for linux-x64/],
      [elfOf('linux-armv7', 5000), /is for armv7, not for linux-x64/],
      [changed(5, 2), /big-endian/],
      [changed(16, 1), /not an executable/],
      [changed(4, 1), /not for linux-x64/],
    ];
    for (const [bytes, message] of cases) {
      writeFileSync(file, bytes);
      await assert.rejects(publish(), { code: 'WRONG_PLATFORM', message });
    }
    writeFileSync(file, elf);
    await assert.rejects(publish({ platform: 'windows' }), {
      code: 'WRONG_PLATFORM',
      message: /linux-arm64/,
    });
    for (const version of ['', 'v1.0.0', '1.0', '1.0.0 ', `1.0.0-${'a'.repeat(33)}`])
      await assert.rejects(publish({ version }), { code: 'MALFORMED', message: /such as 0\.2\.0/ });
    await assert.rejects(publish({ file: join(dataDir, 'nothing') }), {
      code: 'MALFORMED',
      message: /ENOENT/,
    });
    await assert.rejects(publish({ file: dataDir }), { code: 'MALFORMED', message: /not a file/ });
    truncateSync(file, 256 * 1024 * 1024 + 1);
    await assert.rejects(publish(), { code: 'TOO_LONG' });
    assert.equal(existsSync(join(dataDir, 'objects')), false);
    assert.deepEqual(await store.releases(), []);
  }));

test('an executable that changes while it is packed is not published', () =>
  withBench(async ({ dataDir, store, file, publish }) => {
    const progress = () => writeFileSync(file, Buffer.alloc(3_000_000, 1), { flag: 'r+' });
    await assert.rejects(publish({ progress }), { code: 'WRONG_HASH', message: /changed while/ });
    assert.deepEqual(await store.releases(), []);
    assert.equal(readdirSync(join(dataDir, 'objects')).filter((name) => name.endsWith('.tmp')).length, 0);
  }));

test('a disk that is full while packing leaves no half object and no release', { timeout: 60_000 }, () =>
  withBench(async ({ dataDir, store, file }) => {
    writeFileSync(file, Buffer.concat([elfOf('linux-x64', 4096), randomBytes(6_000_000)]));
    mkdirSync(join(dataDir, 'objects'));
    const pack = new URL('./pack.ts', import.meta.url).href;
    const script = `import { open } from 'node:fs/promises'; import { packObject } from ${JSON.stringify(pack)};
      process.on('SIGXFSZ', () => {});
      const source = await open(process.argv[1]);
      await packObject(source, 6004096, process.argv[2], 3).then(() => console.log('stored'), (e) => console.log(e.code));`;
    // RLIMIT_FSIZE of 2 MiB (ulimit counts blocks of 512 bytes in sh): the write fails half way.
    const { stdout } = await promisify(execFile)('sh', [
      ...['-c', 'ulimit -f 4096; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script],
      ...[file, dataDir],
    ]);
    assert.equal(stdout, 'DISK\n');
    assert.deepEqual(readdirSync(join(dataDir, 'objects')), []);
    assert.deepEqual(await store.releases(), []);
  }),
);

test('what a killed publish left behind goes with a later one', () =>
  withBench(async ({ dataDir, publish }) => {
    const objects = join(dataDir, 'objects');
    mkdirSync(objects);
    for (const name of ['old.tmp', 'new.tmp']) writeFileSync(join(objects, name), 'half');
    utimesSync(join(objects, 'old.tmp'), 1, 1);
    await publish();
    assert.equal(existsSync(join(objects, 'old.tmp')), false);
    assert.equal(existsSync(join(objects, 'new.tmp')), true, 'another publish may be writing it');
  }));

test('objects are read by range, and only by range', () =>
  withBench(async ({ dataDir, publish }) => {
    const { release } = await publish();
    const whole = readFileSync(objectPath(dataDir, release.objectSha256));
    const objects = new ObjectStore(dataDir);
    const object = await objects.open(release.objectSha256, release.objectLength);
    assert.equal(object.length, whole.length);
    assert.deepEqual(await object.read(100, 50), whole.subarray(100, 150));
    assert.deepEqual(await object.read(whole.length - 5, FRAME_LIMIT), whole.subarray(-5));
    const bad: [number, number][] = [
      [-1, 10],
      [whole.length, 1],
      [0.5, 1],
      [Number.NaN, 1],
      [0, 0],
      [0, FRAME_LIMIT + 1],
    ];
    for (const [offset, length] of bad)
      await assert.rejects(object.read(offset, length), { code: 'BAD_RANGE' });
    object.close();
    await assert.rejects(objects.open(release.objectSha256, 5), { code: 'WRONG_LENGTH' });
    truncateSync(objectPath(dataDir, release.objectSha256), 10);
    await assert.rejects(object.read(100, 50), { code: 'DISK', message: /shorter/ });
    await objects.close();
  }));

test('a name that is no hash never reaches the disk, and an unknown one is told as such', () =>
  withBench(async ({ dataDir }) => {
    const objects = new ObjectStore(dataDir);
    writeFileSync(join(dataDir, 'secret.zst'), 'secret');
    for (const name of ['../secret', '', 'A'.repeat(64), `${'a'.repeat(63)}/`, 'a'.repeat(64)])
      await assert.rejects(objects.open(name), { code: 'UNKNOWN_OBJECT' });
    await objects.close();
  }));

test('only a few objects are open at once: idle ones make room, busy ones do not', () =>
  withBench(async ({ dataDir }) => {
    mkdirSync(join(dataDir, 'objects'));
    const names = Array.from({ length: OBJECTS_OPEN + 2 }, (_, index) => sha256Hex(Buffer.from([index])));
    for (const name of names) writeFileSync(objectPath(dataDir, name), name);
    const objects = new ObjectStore(dataDir);
    const openFiles = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return statSync(`/proc/self/fd/${fd}`).size === 64;
        } catch {
          return false;
        }
      }).length;
    for (const name of names) (await objects.open(name)).close();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(openFiles(), OBJECTS_OPEN);
    const held = await Promise.all(names.slice(0, OBJECTS_OPEN).map((name) => objects.open(name)));
    await assert.rejects(objects.open(names.at(-1)!), { code: 'BUSY' });
    held[0]!.close();
    held[0]!.close();
    const last = await objects.open(names.at(-1)!);
    assert.equal((await last.read(0, 64)).toString(), names.at(-1));
    for (const [index, object] of held.entries())
      if (index > 0) assert.equal((await object.read(0, 64)).toString(), names[index]);
    await objects.close();
    assert.equal(openFiles(), 0);
  }));

test('a version that was published meanwhile by another command is refused, as boards go by the version', () =>
  withBench(async ({ store, publish, file }) => {
    const late = {
      ...store,
      // This one looked before the other was done.
      releases: async (platform?: string) =>
        (await store.releases(platform)).map((one) => ({ ...one, version: '9.9.9' })),
    };
    await publish({ version: '1.0.0' });
    writeFileSync(file, elfOf('linux-x64', 5_001));
    await assert.rejects(publish({ version: '1.0.0', store: late }), {
      code: 'OLD_RELEASE',
      message: /1\.0\.0 of .* was published meanwhile/,
    });
    assert.equal((await store.releases()).length, 1);
  }));

test('a pipe in the place of an executable is refused at once', { timeout: 20_000 }, () =>
  withBench(async ({ dataDir, publish }) => {
    const fifo = join(dataDir, 'pipe');
    await promisify(execFile)('mkfifo', [fifo]);
    await assert.rejects(publish({ file: fifo }), { code: 'MALFORMED', message: /is not a file/ });
  }),
);
