import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import { unpackFiles } from '@perch/broker-bridge/update/metadata-blob.ts';
import { readMetadataFile } from '@perch/broker-bridge/update/metadata-file.ts';
import type { LogEntry } from '../serve-options.ts';
import { LIVES, WARN_MS } from './authority.ts';
import { ANSWERS_KEPT, endings, LOOK_MS, REPEAT_MS, startKeeper } from './keeper.ts';
import { CLOCK_LEAST, currentMetadata, makeOnlineKeys } from './owner.ts';
import { readRoleKeys, removeRoleKeys, tufFolder } from './role-keys.ts';
import { newestOf } from './signed-files.ts';
import { DAY, type TestPlace, withPlace } from './testing/test-place.ts';

const NONE = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };

/** A running keeper whose next looks are taken by hand. */
async function withKeeper(
  place: TestPlace,
  body: (
    keeper: Awaited<ReturnType<typeof startKeeper>>,
    look: () => Promise<void>,
    log: LogEntry[],
  ) => Promise<void>,
): Promise<void> {
  const log: LogEntry[] = [];
  mock.timers.enable({ apis: ['setInterval'] });
  const keeper = await startKeeper(place, (entry) => log.push(entry));
  const look = async (): Promise<void> => {
    mock.timers.tick(LOOK_MS);
    // The look waits for the disk; one that asks after it has its turn after it.
    await currentMetadata(place).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
  };
  try {
    await body(keeper, look, log);
  } finally {
    keeper.close();
    mock.timers.reset();
  }
}

const removeOwnerKeys = async (place: TestPlace): Promise<void> => {
  const keys = await readRoleKeys(tufFolder(place.dataDir));
  await removeRoleKeys(keys.filter(({ role }) => role === 'root' || role === 'targets'));
};

test('a board is answered with what it lacks, and with nothing when it has all', () =>
  withPlace(async (place) => {
    await withKeeper(place, async (keeper) => {
      const files = unpackFiles(await keeper.answer(NONE)).map(readMetadataFile);
      assert.deepEqual(
        files.map(({ role }) => role),
        ['root', 'timestamp', 'snapshot', 'targets'],
      );
      const have = Object.fromEntries(files.map(({ role, version }) => [role, version])) as typeof NONE;
      assert.equal((await keeper.answer(have)).length, 0);
      assert.equal(unpackFiles(await keeper.answer({ ...have, timestamp: 1 })).length, 1);
    });
  }));

test('answers are packed once for all boards that have the same, and only so many are kept', () =>
  withPlace(async (place) => {
    await withKeeper(place, async (keeper, look) => {
      const first = await keeper.answer(NONE);
      assert.equal(await keeper.answer(NONE), first);
      for (let version = 1; version <= ANSWERS_KEPT; version += 1)
        await keeper.answer({ ...NONE, targets: version });
      const packedAgain = await keeper.answer(NONE);
      assert.notEqual(packedAgain, first);
      assert.deepEqual(packedAgain, first);
      place.sleep(LIVES.timestamp / 2 + 1);
      await look();
      assert.notDeepEqual(await keeper.answer(NONE), first, 'and none is older than the files');
    });
  }));

test('the timestamp is renewed while the server runs', () =>
  withPlace(async (place) => {
    await withKeeper(place, async (_, look, log) => {
      const before = newestOf(await place.store.metadata(), 'timestamp')!;
      await look();
      assert.equal(newestOf(await place.store.metadata(), 'timestamp')?.version, before.version);
      place.sleep(LIVES.timestamp / 2 + 1);
      await look();
      assert.ok(newestOf(await place.store.metadata(), 'timestamp')!.expires > before.expires);
      assert.deepEqual(log, []);
    });
  }));

test('an owner who signs elsewhere is warned a month before, once a day, with what to do', () =>
  withPlace(async (place) => {
    await currentMetadata(place);
    await removeOwnerKeys(place);
    place.sleep(LIVES.targets - WARN_MS - DAY);
    await withKeeper(place, async (_, look, log) => {
      assert.equal(log.length, 0);
      place.sleep(DAY);
      await look();
      assert.equal(log.length, 2);
      assert.match(log[0]!.text, /^the root metadata runs out on 2027-06-01.*keys rotate --offline DIR/);
      assert.match(log[1]!.text, /^the targets metadata runs out on 2027-06-01.*release sign/);
      place.sleep(REPEAT_MS - 1);
      await look();
      assert.equal(log.length, 2);
      place.sleep(WARN_MS);
      await look();
      assert.match(log.at(-1)!.text, /^the targets metadata ran out on 2027-06-01: boards take no update/);
    });
  }));

test('a key that is lost is told of before boards notice', () =>
  withPlace(async (place) => {
    await currentMetadata(place);
    rmSync(tufFolder(place.dataDir), { recursive: true });
    place.sleep(LIVES.timestamp - 5 * DAY);
    assert.deepEqual(endings(await place.store.metadata(), place.now()), []);
    place.sleep(2 * DAY);
    assert.match(
      endings(await currentMetadata(place), place.now()).join(),
      /the timestamp metadata runs out/,
    );
  }));

test('a look that fails is told in the log, and the server runs on', () =>
  withPlace(async (place) => {
    await withKeeper(place, async (keeper, look, log) => {
      const addMetadata = place.store.addMetadata;
      place.store.addMetadata = async () => {
        throw new Error('the disk is full');
      };
      place.sleep(LIVES.timestamp);
      await look();
      place.store.addMetadata = addMetadata;
      assert.match(log[0]?.text ?? '', /^the update metadata is not renewed: the disk is full/);
      assert.ok((await keeper.answer(NONE)).length > 0);
    });
  }));

test('before there is a root the answer is empty, and the log says what is missing', () =>
  withPlace(async (place) => {
    await makeOnlineKeys(place);
    await withKeeper(place, async (keeper, _, log) => {
      assert.equal((await keeper.answer(NONE)).length, 0);
      assert.match(log.map(({ text }) => text).join(), /^this server has no root yet.*keys import/);
    });
  }));

test('a server starts with a damaged key or an unset clock, and says so; a new fleet does not begin so', () =>
  withPlace(async (place) => {
    const { time } = place;
    place.time = CLOCK_LEAST - 1;
    await assert.rejects(
      startKeeper(place, () => {}),
      { code: 'EXPIRED', message: /the clock of this machine says 2025-12-31; set it/ },
    );
    assert.deepEqual(await place.store.metadata(), []);
    place.time = time;
    await currentMetadata(place);
    place.time = 0;
    await withKeeper(place, async (keeper, _, log) => {
      assert.match(log.map(({ text }) => text).join(), /not renewed.*says 1970-01-01/);
      assert.ok((await keeper.answer(NONE)).length > 0);
    });
    place.time = time;
    const [key] = await readRoleKeys(tufFolder(place.dataDir));
    writeFileSync(key!.path, '');
    await withKeeper(place, async (_keeper, _look, log) =>
      assert.match(log.map(({ text }) => text).join(), /not renewed.*is damaged/),
    );
  }));
