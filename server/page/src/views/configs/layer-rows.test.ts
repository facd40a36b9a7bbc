import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, LAYERS_SHOWN, layerRows } from './layer-rows.ts';
import type { LayerHead } from './types.ts';

const head = (kind: LayerHead['kind'], name: string, note?: string): LayerHead => ({
  ...{ kind, name, version: 1, created: 0, actor: 'local:ada', bytes: 2, removed: false },
  ...(note === undefined ? {} : { note }),
});

test('the fleet and each group have a row, with a layer or without', () => {
  const rows = layerRows(
    [head('fleet', ''), head('group', 'roof'), head('board', 'pi-1')],
    [
      { name: 'lab', boards: 2 },
      { name: 'roof', boards: 3 },
    ],
  );
  assert.deepEqual(
    rows.map(({ key, head: own, boards }) => [key.kind, key.name, own !== undefined, boards]),
    [
      ['fleet', '', true, undefined],
      ['groups', 'lab', false, 2],
      ['groups', 'roof', true, 3],
      ['boards', 'pi-1', true, undefined],
    ],
  );
});

test('of 10,000 boards with a layer some are drawn, and a search finds each', () => {
  const rows = layerRows(
    Array.from({ length: 10_000 }, (_, at) => head('board', `pi-${at}`, at === 7 ? 'Faster' : undefined)),
    [],
  ).slice(1);
  const all = found(rows, '');
  assert.equal(all.shown.length, LAYERS_SHOWN);
  assert.equal(all.more, 10_000 - LAYERS_SHOWN);
  assert.deepEqual(
    found(rows, ' PI-9999 ').shown.map(({ key }) => key.name),
    ['pi-9999'],
  );
  assert.equal(found(rows, 'faster').shown[0]?.key.name, 'pi-7');
});
