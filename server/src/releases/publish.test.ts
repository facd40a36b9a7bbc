import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import { digestOf } from '@perch/broker-bridge/update/segment-index.ts';
import { RELEASES_KEPT } from '../store/contract.ts';
import { makeOnlineKeys } from '../tuf/owner.ts';
import { ServedBoard, type TestPlace, withPlace } from '../tuf/testing/test-place.ts';
import { executablePath } from './executables.ts';
import { type PublishInput, publishRelease } from './publish.ts';
import { elfOf } from './sample-elf.ts';

interface Bench {
  place: TestPlace;
  file: string;
  put(bytes: Uint8Array): void;
  publish(input?: Partial<PublishInput>): ReturnType<typeof publishRelease>;
}

const withBench = (body: (bench: Bench) => Promise<void>): Promise<void> =>
  withPlace(async (place) => {
    const file = join(place.folder, 'perch-agent');
    const put = (bytes: Uint8Array): void => writeFileSync(file, bytes, { mode: 0o755 });
    put(elfOf('linux-x64', 3_000_000));
    const base = { ...place, now: place.now, file, platform: 'linux-x64', version: '0.2.0' };
    await body({ place, file, put, publish: (input = {}) => publishRelease({ ...base, ...input }) });
  });

const kept = ({ dataDir }: TestPlace): string[] => readdirSync(join(dataDir, 'executables'));

test('a published release is kept and signed, and a board is told just what it is', () =>
  withBench(async ({ place, file, publish }) => {
    const steps: [number, number][] = [];
    const { published, release } = await publish({ progress: (done, total) => steps.push([done, total]) });
    assert.equal(published, true);
    const bytes = readFileSync(file);
    assert.deepEqual(steps.at(-1), [bytes.length, bytes.length]);
    assert.ok(steps.length > 1);
    const path = executablePath(place.dataDir, release.sha256);
    assert.deepEqual(readFileSync(path), bytes);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const board = new ServedBoard(await place.store.metadata());
    assert.equal(board.check(await place.store.metadata(), place.time), 'done');
    const { index } = await digestOf([bytes] as unknown as AsyncIterable<Uint8Array>);
    assert.deepEqual(board.trust?.target('linux-x64', '0.2.0'), {
      ...{ path: 'linux-x64/0.2.0', platform: 'linux-x64', version: '0.2.0', sequence: 1 },
      ...{ length: bytes.length, sha256: sha256Hex(bytes), index },
    });
    assert.deepEqual(await place.store.wanted(), [release]);
    assert.equal(release.created, place.time);
  }));

test('sequences count up per platform', () =>
  withBench(async ({ put, publish }) => {
    const sequences = [];
    for (const version of ['0.1.0', '0.2.0', '0.1.1']) {
      put(elfOf('linux-x64', 5000, version));
      sequences.push((await publish({ version })).release.sequence);
    }
    put(elfOf('linux-arm64', 10_000));
    sequences.push((await publish({ platform: 'linux-arm64' })).release.sequence);
    assert.deepEqual(sequences, [1, 2, 3, 1]);
  }));

test('the same file twice is nothing new; the same version with other content is refused', () =>
  withBench(async ({ place, put, publish }) => {
    const first = await publish();
    const signed = await place.store.metadata();
    place.sleep(1000);
    const path = executablePath(place.dataDir, first.release.sha256);
    truncateSync(path, 10);
    const again = await publish();
    assert.deepEqual(again, { published: false, release: first.release });
    assert.deepEqual(await place.store.metadata(), signed);
    assert.equal(statSync(path).size, first.release.length, 'what was lost on the disk is there again');
    put(elfOf('linux-x64', 3_000_001));
    await assert.rejects(publish(), { code: 'OLD_RELEASE', message: /0\.2\.0 of linux-x64 is published/ });
    assert.deepEqual(kept(place), [first.release.sha256]);
  }));

test('an older release is given the permission to replace newer ones, and keeps its place', () =>
  withBench(async ({ place, put, publish }) => {
    await publish();
    put(elfOf('linux-x64', 5000, '0.3.0'));
    await publish({ version: '0.3.0' });
    put(elfOf('linux-x64', 3_000_000));
    place.sleep(1000);
    await publish({ mayReplace: 2 });
    const board = new ServedBoard(await place.store.metadata());
    board.check(await place.store.metadata(), place.time);
    const target = board.trust?.target('linux-x64', '0.2.0');
    assert.deepEqual([target?.sequence, target?.mayReplace], [1, 2]);
    assert.equal(board.trust?.target('linux-x64', '0.3.0')?.mayReplace, undefined);
    assert.equal((await place.store.wanted())[0]?.version, '0.3.0');
  }));

test('an executable of another version than it is published for is refused, before a board notices', () =>
  withBench(async ({ place, put, publish }) => {
    await assert.rejects(publish({ version: '0.2.1' }), { code: 'MALFORMED', message: /0\.2\.1/ });
    put(elfOf('linux-arm64', 5000));
    await assert.rejects(publish({ platform: 'linux-arm64', version: '0.2.1' }), { code: 'MALFORMED' });
    put(elfOf('linux-armv7', 5000));
    await assert.rejects(publish({ platform: 'linux-armv7', version: '0.2.1' }), { code: 'MALFORMED' });
    await publish({ platform: 'linux-armv7' });
    assert.equal((await place.store.releases()).length, 1);
  }));

test('what is no executable of the platform is refused before anything is written', () =>
  withBench(async ({ place, file, put, publish }) => {
    const { dataDir, store } = place;
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
      put(bytes);
      await assert.rejects(publish(), { code: 'WRONG_PLATFORM', message });
    }
    put(elf);
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
    assert.equal(existsSync(join(dataDir, 'executables')), false);
    assert.deepEqual(await store.releases(), []);
  }));

test('a server without the targets key says where releases are signed', () =>
  withBench(async ({ place, publish }) => {
    await makeOnlineKeys(place);
    await assert.rejects(publish(), { code: 'BAD_SIGNATURE', message: /release sign/ });
    assert.equal(existsSync(join(place.dataDir, 'executables')), false);
  }));

test('an executable that changes while it is copied is not published', () =>
  withBench(async ({ place, file, publish }) => {
    const progress = () => writeFileSync(file, Buffer.alloc(3_000_000, 1), { flag: 'r+' });
    await assert.rejects(publish({ progress }), { code: 'WRONG_HASH', message: /changed while/ });
    assert.deepEqual(await place.store.releases(), []);
    assert.deepEqual(kept(place), []);
  }));

test('a disk that is full while copying leaves no half executable and no release', { timeout: 60_000 }, () =>
  withBench(async ({ place, file }) => {
    const { dataDir, store } = place;
    const module = new URL('./executables.ts', import.meta.url).href;
    const script = `import { open } from 'node:fs/promises'; import { keepExecutable } from ${JSON.stringify(module)};
      process.on('SIGXFSZ', () => {});
      const source = await open(process.argv[1]);
      await keepExecutable(source, { length: 3000000, sha256: '' }, process.argv[2]).then(() => console.log('stored'), (e) => console.log(e.code));`;
    // RLIMIT_FSIZE of 2 MiB (ulimit counts blocks of 512 bytes in sh): the write fails half way.
    const { stdout } = await promisify(execFile)('sh', [
      ...['-c', 'ulimit -f 4096; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script],
      ...[file, dataDir],
    ]);
    assert.equal(stdout, 'DISK\n');
    assert.deepEqual(kept(place), []);
    assert.deepEqual(await store.releases(), []);
  }),
);

test('what a killed publish left behind goes with a later one', () =>
  withBench(async ({ place, publish }) => {
    const folder = join(place.dataDir, 'executables');
    mkdirSync(folder);
    for (const name of ['old.tmp', 'new.tmp']) writeFileSync(join(folder, name), 'half');
    utimesSync(join(folder, 'old.tmp'), 1, 1);
    await publish();
    assert.equal(existsSync(join(folder, 'old.tmp')), false);
    assert.equal(existsSync(join(folder, 'new.tmp')), true, 'another publish may be writing it');
  }));

test('executables of releases that are named no more go, and those of others stay', () =>
  withBench(async ({ place, put, publish }) => {
    put(elfOf('linux-arm64', 5000));
    const other = await publish({ platform: 'linux-arm64' });
    const hashes = [];
    for (let count = 0; count <= RELEASES_KEPT; count += 1) {
      const version = `0.${count}.0`;
      put(elfOf('linux-x64', 5000, version));
      hashes.push((await publish({ version })).release.sha256);
    }
    assert.deepEqual(kept(place).sort(), [other.release.sha256, ...hashes.slice(1)].sort());
    const board = new ServedBoard(await place.store.metadata());
    board.check(await place.store.metadata(), place.time);
    assert.equal(board.trust?.target('linux-x64', '0.0.0'), undefined);
    assert.ok(board.trust?.target('linux-x64', '0.1.0'));
  }));

test('a version that was published meanwhile by another command is refused, as boards go by the version', () =>
  withBench(async ({ place, put, publish }) => {
    const { store } = place;
    const late = {
      ...store,
      // This one looked before the other was done.
      releases: async (platform?: string) =>
        (await store.releases(platform)).map((one) => ({ ...one, version: '9.9.9' })),
    };
    await publish();
    put(elfOf('linux-x64', 5_001));
    place.sleep(1000);
    await assert.rejects(publish({ store: late }), {
      code: 'OLD_RELEASE',
      message: /0\.2\.0 of .* was published meanwhile/,
    });
    assert.equal((await store.releases()).length, 1);
  }));

test('a pipe in the place of an executable is refused at once', { timeout: 20_000 }, () =>
  withBench(async ({ place, publish }) => {
    const fifo = join(place.folder, 'pipe');
    await promisify(execFile)('mkfifo', [fifo]);
    await assert.rejects(publish({ file: fifo }), { code: 'MALFORMED', message: /is not a file/ });
  }),
);
