import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';

const release = (platform: string, sequence: number): Release => ({
  platform,
  version: `0.${sequence}.0`,
  sequence,
  length: 1000,
  sha256: 'a'.repeat(64),
  objectLength: 300,
  objectSha256: 'b'.repeat(64),
  manifest: new Uint8Array([1, 2, 3]),
  signature: new Uint8Array(64).fill(7),
  created: 99,
});

export function releaseContract(name: string, open: OpenStore): void {
  test(`${name}: the newest release of a platform is wanted, and none goes back`, () =>
    withStore(open, async ({ store, reopen }) => {
      const [x1, x5, arm] = [
        release('linux-x64', 1),
        release('linux-x64', 5),
        release('linux-arm64', 2),
      ] as const;
      for (const each of [x1, x5, arm]) await store.addRelease(each);
      for (const sequence of [5, 4])
        await assert.rejects(store.addRelease(release('linux-x64', sequence)), { code: 'OLD_RELEASE' });
      const again = await reopen();
      assert.deepEqual(await again.wanted(), [arm, x5]);
      assert.deepEqual(await again.releases('linux-x64'), [x5, x1]);
      assert.deepEqual(await again.releases(), [arm, x5, x1]);
      assert.deepEqual(await again.releases('linux-armv7'), []);
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
