import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Release } from '../store/contract.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import {
  FAILURE_REST_MS,
  type MakeRequest,
  OBJECTS_KEPT,
  ObjectMaker,
  PATCH_BASES,
  wantedObjects,
} from './object-maker.ts';
import { objectPath } from './object-store.ts';

const release = (sequence: number, platform = 'linux-arm64'): Release => ({
  platform,
  version: `0.${sequence}.0`,
  sequence,
  length: 1000,
  sha256: `${platform === 'linux-arm64' ? 'a' : 'f'}${sequence.toString(16).padStart(63, '0')}`,
  indexSha256: 'b'.repeat(64),
  created: sequence,
});

/** A maker whose objects say what they were made of; `hold` keeps it from ending one. */
async function setUp(t: TestContext, releases: Release[]) {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-objects-'));
  const store = await openSqliteStore(databasePath(dataDir));
  for (const each of releases) await store.addReleases([each], []);
  const made: string[] = [];
  const notes: string[] = [];
  const control = { hold: false, fail: false, now: 1_000_000, lengths: new Map<string, number>() };
  const make = async ({ base, target, out, signal }: MakeRequest): Promise<void> => {
    const name = `${basename(target)} from ${base === undefined ? 'nothing' : basename(base)}`;
    made.push(name);
    while (control.hold && !signal.aborted) await sleep(5);
    if (signal.aborted) throw new Error('ended');
    if (control.fail) throw new Error('out of memory');
    writeFileSync(out, name.padEnd(control.lengths.get(name) ?? 200));
  };
  const start = () =>
    ObjectMaker.start({
      ...{ store, dataDir, make, now: () => control.now },
      note: (text) => notes.push(text),
    });
  const maker = await start();
  const idle = async (one = maker): Promise<void> => {
    while (one.status().making !== null || one.status().waiting > 0) await sleep(5);
  };
  t.after(async () => {
    control.hold = false;
    await maker.close();
    await store.close();
    rmSync(dataDir, { recursive: true });
  });
  return { dataDir, store, maker, made, notes, control, start, idle };
}

const nameOf = (target: Release, base?: Release): string =>
  `${target.sha256} from ${base?.sha256 ?? 'nothing'}`;

test('patches from the last releases come first, the newest base first, then the full form; other platforms for themselves', () => {
  const arm = Array.from({ length: 8 }, (_, index) => release(index + 1));
  const tasks = wantedObjects([...arm, release(1, 'linux-x64')], PATCH_BASES);
  assert.deepEqual(
    tasks.map(({ target, base }) => [target.platform, target.sequence, base?.sequence]),
    [
      ...[7, 6, 5, 4, 3].map((sequence) => ['linux-arm64', 8, sequence]),
      ['linux-arm64', 8, undefined],
      ['linux-x64', 1, undefined],
    ],
  );
});

test('a board gets the patch on what it runs, the full form for what nobody knows, and the smaller of the two', async (t) => {
  const [one, two, three] = [release(1), release(2), release(3)];
  const { maker, dataDir, idle, control, notes } = await setUp(t, [one, two, three]);
  control.lengths.set(nameOf(three, one), 900);
  await idle();
  const made = (have: string | undefined): string => {
    const found = maker.find(three, have);
    assert.ok('object' in found);
    const text = readFileSync(objectPath(dataDir, found.object.sha256), 'utf8');
    assert.equal(text.length, found.object.length);
    return text.trim();
  };
  assert.equal(made(two.sha256), nameOf(three, two));
  assert.equal(made('e'.repeat(64)), nameOf(three));
  assert.equal(made(undefined), nameOf(three));
  assert.equal(made(one.sha256), nameOf(three), 'a patch that is longer than the whole is no use');
  assert.equal(made(three.sha256), nameOf(three), 'a board that lost its own copy');
  assert.match(notes[0]!, /the patch from 0\.2\.0 to 0\.3\.0 for linux-arm64 is made: 200 bytes/);
  const { object } = maker.find(three, two.sha256) as { object: { sha256: string } };
  assert.deepEqual(maker.object(object.sha256)?.platform, 'linux-arm64');
  assert.equal(maker.object('0'.repeat(64)), undefined);
});

test('while an object is made the board is told to ask again, and what a board waits for is made next', async (t) => {
  const releases = [1, 2, 3, 4].map((sequence) => release(sequence));
  const { maker, store, control, made, idle } = await setUp(t, []);
  control.hold = true;
  for (const each of releases) await store.addReleases([each], []);
  await maker.refresh();
  const [one, , , four] = releases as [Release, Release, Release, Release];
  assert.match(maker.status().making!, /from 0\.3\.0 to 0\.4\.0/);
  assert.deepEqual(maker.find(four, one.sha256), { wait: 10_000 });
  assert.deepEqual(maker.find(four, one.sha256), { wait: 10_000 }, 'asking twice queues once');
  assert.equal(maker.status().waiting, 3);
  control.hold = false;
  await idle();
  assert.equal(made[1], nameOf(four, one));
  assert.equal(made.length, 4);
});

test('what failed is told and rests for a while; a board whose patch fails gets the full form', async (t) => {
  const [one, two] = [release(1), release(2)];
  const { maker, control, made, notes, idle, store } = await setUp(t, []);
  control.fail = true;
  await store.addReleases([one], []);
  await store.addReleases([two], []);
  await maker.refresh();
  await idle();
  assert.deepEqual(made, [nameOf(two, one), nameOf(two)]);
  assert.match(
    notes[0]!,
    /the patch from 0\.1\.0 to 0\.2\.0 for linux-arm64 could not be made: out of memory/,
  );
  assert.ok('wait' in maker.find(two, one.sha256));
  await idle();
  assert.equal(made.length, 2, 'not at once again');
  control.fail = false;
  control.now += FAILURE_REST_MS;
  assert.ok('wait' in maker.find(two, one.sha256));
  await idle();
  assert.ok('object' in maker.find(two, one.sha256));
  assert.deepEqual(made.slice(2), [nameOf(two, one)]);
});

test('a restart finds what there is, makes what was lost, and leaves no half of an object behind', async (t) => {
  const [one, two] = [release(1), release(2)];
  const { maker, made, idle, start, dataDir, control } = await setUp(t, [one, two]);
  await idle();
  assert.equal(made.length, 2);
  await maker.close();
  const found = maker.find(two, one.sha256) as { object: { sha256: string } };
  rmSync(objectPath(dataDir, found.object.sha256));
  writeFileSync(join(dataDir, 'objects', 'half.tmp'), 'half');
  control.hold = true;
  const again = await start();
  assert.deepEqual(again.find(two, one.sha256), { wait: 10_000 });
  assert.ok('object' in again.find(two, undefined));
  assert.equal(existsSync(join(dataDir, 'objects', 'half.tmp')), false);
  await again.close();
  assert.equal(made.length, 3, 'only what was lost is made again');
  assert.ok(readdirSync(join(dataDir, 'objects')).every((name) => !name.endsWith('.tmp')));
});

test('objects of releases that are long past go with their files', async (t) => {
  const { maker, store, dataDir, idle } = await setUp(t, []);
  for (let sequence = 1; sequence <= OBJECTS_KEPT + 3; sequence++) {
    await store.addReleases([release(sequence)], []);
    await maker.refresh();
    await idle();
  }
  const objects = await store.objects();
  const targets = new Set(objects.map(({ targetSha256 }) => targetSha256));
  assert.equal(targets.size, OBJECTS_KEPT);
  assert.deepEqual(
    readdirSync(join(dataDir, 'objects')).sort(),
    [...new Set(objects.map(({ sha256 }) => sha256))].sort(),
  );
});
