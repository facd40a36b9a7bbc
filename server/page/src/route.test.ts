import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeOf } from './route.ts';

test('each address leads to its view', () => {
  assert.deepEqual(routeOf('/'), { view: 'fleet' });
  assert.deepEqual(routeOf('/boards/pi-1'), { view: 'board', alias: 'pi-1', tab: 'values' });
  assert.deepEqual(routeOf('/boards/pi-1/events/'), { view: 'board', alias: 'pi-1', tab: 'events' });
  assert.deepEqual(routeOf('/configs'), { view: 'configs' });
  assert.deepEqual(routeOf('/configs/fleet'), { view: 'config', layer: 'fleet', name: '' });
  assert.deepEqual(routeOf('/configs/groups/lab'), { view: 'config', layer: 'groups', name: 'lab' });
  assert.deepEqual(routeOf('/rollouts/12'), { view: 'rollout', id: 12 });
  assert.deepEqual(routeOf('/rollouts/new'), { view: 'rolloutNew' });
  assert.deepEqual(routeOf('/api'), { view: 'api' });
});

test('an address that is none of ours says so, whatever is in it', () => {
  for (const path of ['/nothing', '/rollouts/x', '/configs/what/ever', '/boards/%', '/settings/deeper'])
    assert.deepEqual(routeOf(path), { view: 'unknown' }, path);
});
