import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetadataFile, Role } from '@perch/broker-bridge/update/metadata-file.ts';
import { RELEASES_KEPT, type Release, type StoredObject } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';

const release = (platform: string, sequence: number): Release => ({
  platform,
  version: `0.${sequence}.0`,
  sequence,
  length: 1000,
  sha256: 'a'.repeat(64),
  indexSha256: 'b'.repeat(64),
  created: 99,
});

const SAYS: Record<Role, object> = {
  root: { keys: {}, roles: Object.fromEntries(['root', 'timestamp', 'snapshot', 'targets'].map(noKeys)) },
  timestamp: { meta: { 'snapshot.json': { version: 1 } } },
  snapshot: { meta: { 'targets.json': { version: 1 } } },
  targets: { targets: {} },
};

function noKeys(role: string): [string, object] {
  return [role, { keyids: [], threshold: 1 }];
}

const metadata = (role: Role, version: number): MetadataFile => {
  const head = { _type: role, spec_version: '1.0.33', version, expires: '2030-01-01T00:00:00Z' };
  const bytes = new TextEncoder().encode(
    JSON.stringify({ signed: { ...head, ...SAYS[role] }, signatures: [] }),
  );
  return { role, version, expires: Date.UTC(2030, 0), bytes };
};

const versions = (files: MetadataFile[]): string[] => files.map(({ role, version }) => `${role} ${version}`);

const object = (target: string, base: string, created: number): StoredObject => ({
  targetSha256: target.padEnd(64, '0'),
  baseSha256: base === '' ? '' : base.padEnd(64, '0'),
  sha256: 'c'.repeat(64),
  length: 300,
  created,
});

export function releaseContract(name: string, open: OpenStore): void {
  test(`${name}: the newest release of a platform is wanted, and none goes back`, () =>
    withStore(open, async ({ store, reopen }) => {
      const [x1, x5, arm] = [
        release('linux-x64', 1),
        release('linux-x64', 5),
        release('linux-arm64', 2),
      ] as const;
      await store.addReleases([x5, x1, arm], []);
      for (const sequence of [5, 4])
        await assert.rejects(store.addReleases([release('linux-x64', sequence)], []), {
          code: 'OLD_RELEASE',
        });
      const again = await reopen();
      assert.deepEqual(await again.wanted(), [arm, x5]);
      assert.deepEqual(await again.releases('linux-x64'), [x5, x1]);
      assert.deepEqual(await again.releases(), [arm, x5, x1]);
      assert.deepEqual(await again.releases('linux-armv7'), []);
    }));

  test(`${name}: a version is published once, as boards go by it`, () =>
    withStore(open, async ({ store }) => {
      await store.addReleases([release('linux-x64', 1)], []);
      const again = { ...release('linux-x64', 2), version: '0.1.0' };
      await assert.rejects(store.addReleases([again], []), { code: 'OLD_RELEASE', message: /meanwhile/ });
      await store.addReleases([{ ...again, platform: 'linux-arm64' }], []);
    }));

  test(`${name}: so many releases of a platform stay, and no others go for them`, () =>
    withStore(open, async ({ store }) => {
      await store.addReleases([release('linux-arm64', 1)], []);
      for (let sequence = 1; sequence <= RELEASES_KEPT + 2; sequence += 1)
        await store.addReleases([release('linux-x64', sequence)], []);
      const kept = (await store.releases('linux-x64')).map((each) => each.sequence);
      assert.equal(kept.length, RELEASES_KEPT);
      assert.deepEqual([kept[0], kept.at(-1)], [RELEASES_KEPT + 2, 3]);
      assert.equal((await store.releases('linux-arm64')).length, 1);
    }));

  test(`${name}: all roots stay, and the newest of each other metadata`, () =>
    withStore(open, async ({ store, reopen }) => {
      assert.deepEqual(await store.metadata(), []);
      await store.addMetadata([metadata('root', 1), metadata('root', 2), metadata('targets', 1)]);
      await store.addMetadata([metadata('targets', 5), metadata('snapshot', 7), metadata('timestamp', 9)]);
      for (const [role, version] of [
        ['targets', 5],
        ['timestamp', 8],
        ['root', 2],
        ['root', 4],
      ] as const)
        await assert.rejects(store.addMetadata([metadata(role, version)]), { code: 'OLD_METADATA' });
      const again = await reopen();
      const files = await again.metadata();
      assert.deepEqual(versions(files), ['root 1', 'root 2', 'snapshot 7', 'targets 5', 'timestamp 9']);
      assert.deepEqual(files[0], metadata('root', 1));
    }));

  test(`${name}: a release and the metadata that names it are stored both or neither`, () =>
    withStore(open, async ({ store }) => {
      await store.addReleases([release('linux-x64', 1)], [metadata('targets', 3)]);
      await assert.rejects(store.addReleases([release('linux-x64', 2)], [metadata('targets', 3)]), {
        code: 'OLD_METADATA',
      });
      await assert.rejects(store.addReleases([release('linux-x64', 1)], [metadata('targets', 4)]), {
        code: 'OLD_RELEASE',
      });
      assert.deepEqual(await store.wanted(), [release('linux-x64', 1)]);
      assert.deepEqual(versions(await store.metadata()), ['targets 3']);
    }));

  test(`${name}: objects are known by what they make and from what`, () =>
    withStore(open, async ({ store, reopen }) => {
      const [full, patch, other] = [object('a', '', 3), object('a', 'b', 2), object('f', 'a', 1)];
      for (const each of [full, patch, other]) await store.addObject(each);
      const again = await reopen();
      assert.deepEqual(await again.objects(), [other, patch, full]);
      assert.deepEqual(await again.objects(full.targetSha256), [patch, full]);
      const anew = { ...full, sha256: 'd'.repeat(64), length: 299 };
      await again.addObject(anew);
      assert.deepEqual(await again.objects(full.targetSha256), [patch, anew]);
      await again.removeObject(full.targetSha256, '');
      await again.removeObject(full.targetSha256, '');
      assert.deepEqual(await again.objects(), [other, patch]);
    }));

  test(`${name}: settings stay`, () =>
    withStore(open, async ({ store, reopen }) => {
      assert.equal(await store.getSetting('broker'), undefined);
      await store.setSetting('broker', 'mqtt://one');
      await store.setSetting('broker', 'mqtt://two');
      const again = await reopen();
      assert.equal(await again.getSetting('broker'), 'mqtt://two');
      await again.close();
      await again.close();
    }));
}
