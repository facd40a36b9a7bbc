import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIGS_KEPT } from './contract.ts';
import { type OpenStore, withStore } from './contract-suite.ts';
import { LAYER_VERSIONS_KEPT, type LayerKey } from './layer-contract.ts';

const FLEET: LayerKey = { kind: 'fleet', name: '' };
const ROOF: LayerKey = { kind: 'group', name: 'roof' };
const rest = { created: 100, actor: 'local:ada' };

/** What a Store promises of the layers of configs. */
export function layerContract(name: string, open: OpenStore): void {
  test(`${name}: layers are counted each by itself; who has not seen the newest changes nothing`, () =>
    withStore(open, async ({ store, reopen }) => {
      assert.deepEqual(await store.setLayer({ ...FLEET, text: '{"a":1}', ...rest }, 0), {
        ...{ ...FLEET, text: '{"a":1}', ...rest, version: 1 },
      });
      assert.equal(await store.setLayer({ ...FLEET, text: '{"a":9}', ...rest }, 0), undefined);
      await store.setLayer({ ...FLEET, text: '{"a":2}', ...rest, note: 'why' }, 1);
      await store.setLayer({ ...ROOF, text: '{"b":1}', ...rest }, 0);
      const again = await reopen();
      assert.deepEqual(
        (await again.layers()).map(({ kind, version, text }) => [kind, version, text]),
        [
          ['fleet', 2, '{"a":2}'],
          ['group', 1, '{"b":1}'],
        ],
      );
      assert.equal((await again.layer(FLEET, 1))?.text, '{"a":1}');
      assert.equal((await again.layer(FLEET))?.note, 'why');
      assert.equal(await again.layer({ kind: 'board', name: 'pi-1' }), undefined);
      assert.deepEqual(
        (await again.layerVersions(FLEET)).map(({ version }) => version),
        [2, 1],
      );
    }));

  test(`${name}: a layer that was taken away is no layer, but its history and its count stay`, () =>
    withStore(open, async ({ store }) => {
      await store.setLayer({ ...ROOF, text: '{}', ...rest }, 0);
      assert.equal((await store.setLayer({ ...ROOF, text: null, ...rest }, 1))?.version, 2);
      assert.deepEqual(await store.layers(), []);
      assert.equal((await store.layer(ROOF))?.text, null);
      assert.equal((await store.setLayer({ ...ROOF, text: '{"c":1}', ...rest }, 2))?.version, 3);
      assert.equal((await store.layers()).length, 1);
    }));

  test(`${name}: of each layer only so many versions are kept`, () =>
    withStore(open, async ({ store }) => {
      for (let version = 0; version < LAYER_VERSIONS_KEPT + 5; version++)
        await store.setLayer({ ...FLEET, text: `{"v":${version}}`, ...rest }, version);
      const versions = await store.layerVersions(FLEET);
      assert.deepEqual([versions.length, versions.at(-1)?.version], [LAYER_VERSIONS_KEPT, 6]);
    }));

  test(`${name}: configs of many boards are stored together, each as its next version, and the newest are told`, () =>
    withStore(open, async ({ store }) => {
      await store.addConfig('pi-1', 'old', ['a'], 1);
      await store.addConfigs(
        [
          { alias: 'pi-1', text: 'new', items: ['b'] },
          { alias: 'pi-2', text: 'new', items: ['b'] },
        ],
        2,
      );
      assert.deepEqual(
        await store.configVersions(),
        new Map([
          ['pi-1', 2],
          ['pi-2', 1],
        ]),
      );
      assert.deepEqual((await store.config('pi-1'))?.items, ['b']);
      await assert.rejects(
        store.addConfigs(
          [
            { alias: 'pi-3', text: 'new', items: [] },
            { alias: null as never, text: 'new', items: [] },
          ],
          3,
        ),
      );
      assert.equal(await store.config('pi-3'), undefined, 'all or none');
      for (let count = 0; count < CONFIGS_KEPT + 2; count++)
        await store.addConfigs([{ alias: 'pi-1', text: `${count}`, items: [] }], 4);
      assert.equal(await store.config('pi-1', 1), undefined);
    }));
}
