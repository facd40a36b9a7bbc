import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { LAYER_VERSIONS_KEPT } from '../store/layer-contract.ts';
import { keyOf } from '../store/sample-rows.ts';
import { type HttpHouse, httpHouse } from './testing/house.ts';

const config = (period: string, ...ids: string[]): string =>
  JSON.stringify({ period, sensors: ids.map((id) => ({ id, driver: 'sysfs', proc: ['load'] })) });

async function fleet(house: HttpHouse, ...aliases: string[]): Promise<void> {
  for (const [index, alias] of aliases.entries()) {
    const key = keyOf(index + 1);
    await house.context.store.notePending(
      { alias, key, platform: 'linux-arm64', version: '0.1.0' },
      house.clock.now,
    );
    await house.context.store.approve(alias);
  }
}

/** Puts a layer as a client does that has just looked at it. */
async function put(house: HttpHouse, path: string, text: string, etag?: string) {
  const seen = etag ?? (await house.ask('read', 'GET', path)).headers.etag;
  return house.inject({
    method: 'PUT',
    url: `/api/v1${path}`,
    headers: { authorization: await bearer(house), 'if-match': String(seen) },
    payload: { text },
  });
}

const bearers = new WeakMap<HttpHouse, string>();
async function bearer(house: HttpHouse): Promise<string> {
  const known = bearers.get(house);
  if (known !== undefined) return known;
  const { token } = await house.run('tokenAdd', { name: 'editor', scope: 'operate' });
  bearers.set(house, `Bearer ${token}`);
  return `Bearer ${token}`;
}

const effective = async (house: HttpHouse, alias: string) =>
  JSON.parse((await house.ask('read', 'GET', `/devices/${alias}/config`)).json.text);

test('a board gets what fleet, groups and its own layer make together; what comes later counts', async (t) => {
  const house = await httpHouse(t);
  await fleet(house, 'pi-1', 'pi-2');
  await house.run('groupSet', { alias: 'pi-1', groups: ['roof', 'lab'] });
  const first = await put(
    house,
    '/configs/fleet',
    JSON.stringify({ period: '30s', timeZone: 'Europe/Berlin' }),
  );
  assert.deepEqual([first.status, first.json.version, first.json.boards], [200, 1, 2], first.text);
  assert.deepEqual(first.json.changed, ['pi-1', 'pi-2']);
  assert.deepEqual(house.told.slice(-2), ['config pi-1', 'config pi-2'], 'both are told at once');
  await put(house, '/configs/groups/lab', JSON.stringify({ period: '20s' }));
  await put(house, '/configs/groups/roof', JSON.stringify({ period: '15s' }));
  await put(house, '/configs/boards/pi-1', JSON.stringify({ timeZone: null }));

  const one = (await house.ask('read', 'GET', '/devices/pi-1/config')).json;
  assert.deepEqual(
    one.layers.map(({ kind, name }: Record<string, string>) => `${kind} ${name}`),
    ['fleet ', 'group lab', 'group roof', 'board pi-1'],
  );
  const { sensors, ...rest } = JSON.parse(one.text);
  assert.deepEqual(rest, { period: '15s' }, 'groups count by name, and null takes away');
  assert.equal(sensors.length, 2, 'what no layer says is the default');
  assert.deepEqual((await effective(house, 'pi-2')).period, '30s');

  await house.run('groupSet', { alias: 'pi-1', groups: ['lab'] });
  assert.equal((await effective(house, 'pi-1')).period, '20s', 'it left a group');
});

test('a board’s own text stands as it was written where there is no other layer', async (t) => {
  const house = await httpHouse(t);
  await fleet(house, 'pi-1');
  const text = `${config('5s', 'sys')}   \n`;
  await house.run('configSet', { alias: 'pi-1', text });
  assert.equal((await house.ask('read', 'GET', '/devices/pi-1/config')).json.text, text);
});

test('who changes a layer says which version he has seen; what somebody else wrote meanwhile is not overwritten', async (t) => {
  const house = await httpHouse(t);
  await fleet(house, 'pi-1');
  assert.equal((await house.ask('read', 'GET', '/configs/fleet')).headers.etag, '"0"');
  assert.equal((await put(house, '/configs/fleet', '{"period":"30s"}')).headers.etag, '"1"');
  const late = await put(house, '/configs/fleet', '{"period":"40s"}', '"0"');
  assert.equal(late.status, 412);
  assert.match(late.json.detail, /the layer of the fleet has version 1 now/);
  const blind = await house.ask('operate', 'PUT', '/configs/fleet', { text: '{}' });
  assert.equal(blind.status, 428);
  assert.equal((await put(house, '/configs/fleet', '{}', 'W/"1"')).status, 400);
  assert.equal((await effective(house, 'pi-1')).period, '30s');
});

test('a layer that would spoil one board’s config is refused, with the board and the place, and changes nothing', async (t) => {
  const house = await httpHouse(t);
  await fleet(house, 'pi-1', 'pi-2');
  await house.run('configSet', { alias: 'pi-2', text: config('10s', 'sys') });
  const before = await effective(house, 'pi-2');
  for (const [text, detail] of [
    ['{"period":"1ms"}', /^pi-1: \/period: 1ms is not allowed[^\n]*$/],
    ['{"colour":"red"}', /pi-1: \/colour/],
    ['[]', /object/],
    ['{"period":', /JSON|expected|ends/],
  ] as const) {
    const answer = await put(house, '/configs/fleet', text);
    assert.equal(answer.status, 409, text);
    assert.match(answer.json.detail, detail);
    assert.ok(answer.json.faults.length > 0);
  }
  assert.deepEqual(await effective(house, 'pi-2'), before);
  assert.equal((await house.ask('read', 'GET', '/configs')).json.layers.length, 1, 'pi-2’s own');
  const check = await house.ask('read', 'POST', '/configs/fleet/check', { text: '{"period":"20s"}' });
  assert.deepEqual([check.json.ok, check.json.boards, check.json.changed], [true, 2, 1]);
  assert.equal(check.json.changes[0].alias, 'pi-1');
  assert.ok(
    check.json.changes[0].changes.some(
      ({ path, after }: Record<string, unknown>) => path === '/period' && after === '20s',
    ),
  );
  assert.deepEqual(house.told, ['config pi-2'], 'a check changes nothing');
});

test('two layers that change at once both count, and so does a group that changes meanwhile', async (t) => {
  const house = await httpHouse(t);
  await fleet(house, 'pi-1', 'pi-2');
  await house.run('groupSet', { alias: 'pi-1', groups: ['lab'] });
  const answers = await Promise.all([
    put(house, '/configs/fleet', '{"period":"30s"}', '"0"'),
    put(house, '/configs/groups/lab', '{"timeZone":"Europe/Berlin"}', '"0"'),
    house.run('groupSet', { alias: 'pi-2', groups: ['lab'] }),
    put(house, '/configs/boards/pi-2', '{"sensors":[]}', '"0"'),
  ]);
  for (const answer of answers) if ('status' in answer) assert.equal(answer.status, 200, answer.text);
  for (const alias of ['pi-1', 'pi-2']) {
    const { period, timeZone } = await effective(house, alias);
    assert.deepEqual([period, timeZone], ['30s', 'Europe/Berlin'], alias);
  }
  assert.deepEqual((await effective(house, 'pi-2')).sensors, []);
});

test('a change that failed between the layer and the boards is finished by sending it again', async (t) => {
  const house = await httpHouse(t);
  await fleet(house, 'pi-1');
  const { store } = house.context;
  const { addConfigs } = store;
  store.addConfigs = () => Promise.reject(new PerchError('DISK', 'the disk is full'));
  const text = '{"period":"30s"}';
  assert.ok((await put(house, '/configs/fleet', text)).status >= 500);
  store.addConfigs = addConfigs;
  const again = await put(house, '/configs/fleet', text);
  assert.deepEqual([again.json.version, again.json.same, again.json.changed], [1, true, ['pi-1']]);
  assert.equal((await effective(house, 'pi-1')).period, '30s');
  assert.deepEqual((await put(house, '/configs/fleet', text)).json.changed, [], 'nothing is left to do');
});

test('versions are listed, compared and rolled back, and only so many are kept', async (t) => {
  const house = await httpHouse(t);
  await fleet(house, 'pi-1');
  for (const period of ['20s', '30s', '40s']) await put(house, '/configs/fleet', JSON.stringify({ period }));
  const diff = await house.ask('read', 'GET', '/configs/fleet/diff?from=1&to=3');
  assert.deepEqual(diff.json.changes, [{ path: '/period', before: '20s', after: '40s' }]);
  const back = await house.inject({
    method: 'POST',
    url: '/api/v1/configs/fleet/rollback',
    headers: { authorization: await bearer(house), 'if-match': '"3"' },
    payload: { version: 1 },
  });
  assert.equal(back.json.version, 4);
  assert.equal((await effective(house, 'pi-1')).period, '20s');
  const { versions } = (await house.ask('read', 'GET', '/configs/fleet/history')).json;
  assert.deepEqual(
    versions.map(({ version, actor, note }: Record<string, unknown>) => [version, actor, note]),
    [
      [4, 'token:editor', 'as in version 1'],
      [3, 'token:editor', undefined],
      [2, 'token:editor', undefined],
      [1, 'token:editor', undefined],
    ],
  );
  const gone = await house.inject({
    method: 'DELETE',
    url: '/api/v1/configs/fleet',
    headers: { authorization: await bearer(house), 'if-match': '"4"' },
  });
  assert.equal(gone.json.version, 5);
  assert.equal((await effective(house, 'pi-1')).period, '10s', 'the default again');
  for (let count = 0; count < LAYER_VERSIONS_KEPT; count++)
    await put(house, '/configs/fleet', JSON.stringify({ period: `${20 + count}s` }));
  assert.equal(
    (await house.ask('read', 'GET', '/configs/fleet/history')).json.versions.length,
    LAYER_VERSIONS_KEPT,
  );
  assert.equal((await house.ask('read', 'GET', '/configs/fleet?version=1')).status, 404);
});
