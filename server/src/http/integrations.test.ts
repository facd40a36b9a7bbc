import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from '@sinclair/typebox/value';
import { WEBHOOK_KINDS_LIMIT } from '../commands/webhooks.ts';
import { parseMetrics } from '../integrations/testing/prometheus-parser.ts';
import { keyOf, recordOf } from '../store/sample-rows.ts';
import { SCRAPES_LIMIT } from './metrics.ts';
import { allRoutes } from './routes/index.ts';
import { httpHouse } from './testing/house.ts';

test('integrations are off until an admin switches them on, and their secrets are never told', async (t) => {
  const house = await httpHouse(t);
  const settings = async () =>
    Object.fromEntries(
      (await house.ask('read', 'GET', '/integrations')).json.integrations.map(
        ({ name, setting }: { name: string; setting: object }) => [name, setting],
      ),
    );
  const off = { on: false };
  assert.deepEqual(await settings(), { prometheus: off, mirror: off, homeassistant: off, influxdb: off });
  const influx = { on: true, url: 'http://influx:8086', org: 'home', bucket: 'perch', token: 'the-secret' };
  assert.equal((await house.ask('operate', 'PUT', '/integrations/influxdb', influx)).status, 403);
  const set = await house.ask('admin', 'PUT', '/integrations/influxdb', influx);
  assert.deepEqual([set.status, set.json.setting], [200, { ...influx, token: 'set' }]);
  assert.deepEqual((await settings()).influxdb, { ...influx, token: 'set' });
  // What was told can be sent back.
  const again = await house.ask('admin', 'PUT', '/integrations/influxdb', {
    ...set.json.setting,
    bucket: 'b',
  });
  assert.equal(again.status, 200);
  assert.match((await house.context.store.getSetting('integration.influxdb'))!, /the-secret/);
  const events = JSON.stringify(await house.context.store.events({ kind: 'integration' }));
  assert.match(events, /the integration influxdb was switched on/);
  assert.doesNotMatch(events, /the-secret/);
});

test('a setting that cannot work is refused, with what to do', async (t) => {
  const house = await httpHouse(t);
  const cases: [name: string, setting: object, status: number, detail: RegExp][] = [
    ['mirror', { on: true }, 409, /name a broker: the server's own carries nothing but/],
    ['homeassistant', { on: true, broker: 'mqtt://me:pw@ha' }, 400, /without credentials/],
    ['influxdb', { on: true }, 409, /say where InfluxDB is/],
    ['influxdb', { on: true, colour: 'red' }, 400, /body\/colour/],
    ['prometheus', { on: 'yes' }, 400, /body\/on/],
    ['mirror', { on: true, broker: 'mqtt://b', prefix: 'a/#' }, 400, /body\/prefix/],
  ];
  for (const [name, setting, status, detail] of cases) {
    const answer = await house.ask('admin', 'PUT', `/integrations/${name}`, setting);
    assert.deepEqual([answer.status, detail.test(answer.json.detail)], [status, true], answer.text);
  }
  assert.equal((await house.ask('admin', 'PUT', '/integrations/carrier-pigeon', { on: true })).status, 404);
});

test('webhooks are for admins; their secret is told once, and answers are as they are described', async (t) => {
  const house = await httpHouse(t);
  const answers = new Map(
    allRoutes(house.context).map((route) => [`${route.method} ${route.path}`, route.answer]),
  );
  const ask = async (method: string, path: string, url = path, body?: unknown) => {
    const answer = await house.ask('admin', method, url, body);
    const schema = answers.get(`${method} ${path}`);
    if (schema !== undefined)
      assert.deepEqual([...Value.Errors(schema, answer.json)], [], `${method} ${path}: ${answer.text}`);
    return answer;
  };
  assert.equal((await house.ask('operate', 'GET', '/webhooks')).status, 403);
  const url = 'https://example.org/secret-path';
  const added = await ask('POST', '/webhooks', '/webhooks', { name: 'chat', url, kinds: ['alert'] });
  assert.equal(added.status, 201);
  assert.match(added.json.secret, /^whsec_/);
  const one = `/webhooks/${added.json.id}`;
  const listed = await ask('GET', '/webhooks');
  assert.equal(listed.text.includes('whsec_'), false);
  const changed = await ask('PUT', '/webhooks/{id}', one, { kinds: ['*'], enabled: false });
  assert.deepEqual([changed.json.name, changed.json.kinds, changed.json.secret], ['chat', ['*'], undefined]);
  await ask('PUT', '/webhooks/{id}', one, { enabled: true });
  const tested = await ask('POST', '/webhooks/{id}/test', `${one}/test`);
  const { json } = await ask('GET', '/webhooks/{id}/deliveries', `${one}/deliveries`);
  assert.deepEqual([json.deliveries[0].message, json.deliveries[0].state], [tested.json.message, 'waiting']);
  assert.equal(
    (await ask('PUT', '/webhooks/{id}', one, { newSecret: true })).json.secret.startsWith('whsec_'),
    true,
  );
  const bad = await house.ask('admin', 'POST', '/webhooks', { name: 'x', url: 'gopher://x', kinds: ['*'] });
  assert.deepEqual([bad.status, /only http/.test(bad.json.detail)], [409, true]);
  const kinds = Array.from({ length: WEBHOOK_KINDS_LIMIT + 1 }, (_, n) => `kind${n}`);
  assert.equal((await house.ask('admin', 'POST', '/webhooks', { name: 'x', url, kinds })).status, 400);
  assert.equal((await ask('DELETE', '/webhooks/{id}', one)).status, 204);
  const events = JSON.stringify(await house.context.store.events({ kind: 'webhook' }));
  assert.doesNotMatch(events, /secret-path|whsec_/);
});

test('metrics are for tokens, or when that is said for programs of this very machine', async (t) => {
  const house = await httpHouse(t);
  const get = (headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
    house.inject({ method: 'GET', url: '/metrics', headers, remoteAddress });
  const { token } = await house.run('tokenAdd', { name: 'scraper', scope: 'read' });
  const known = { authorization: `Bearer ${token}` };
  assert.equal((await get(known)).status, 404, 'off');
  await house.run('integrationSet', { name: 'prometheus', setting: { on: true } });
  assert.equal((await get()).status, 401);
  assert.equal((await get({ authorization: 'Bearer perch_wrong' })).status, 401);
  const scraped = await get(known);
  assert.equal(scraped.status, 200);
  assert.equal(scraped.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  await house.run('integrationSet', { name: 'prometheus', setting: { on: true, open: true } });
  assert.equal((await get()).status, 200);
  assert.equal((await get({}, '::ffff:127.0.0.1')).status, 200);
  assert.equal((await get({}, '192.168.1.9')).status, 401, 'another machine');
  assert.equal((await get({ 'x-forwarded-for': '192.168.1.9' })).status, 401, 'another machine by a proxy');
});

test('behind a proxy all the world may seem to be this very machine, so that metrics want a token', async (t) => {
  for (const options of [{ publicUrl: 'https://perch.example.org' }, { trustProxy: true }]) {
    const house = await httpHouse(t, options);
    await house.run('integrationSet', { name: 'prometheus', setting: { on: true, open: true } });
    // As nginx passes it on where it is told nothing more than where to.
    const { status } = await house.inject({ method: 'GET', url: '/metrics', remoteAddress: '127.0.0.1' });
    assert.equal(status, 401, JSON.stringify(options));
  }
});

test('so many scrapes are answered at once, and one more is told to come later', async (t) => {
  const house = await httpHouse(t);
  await house.run('integrationSet', { name: 'prometheus', setting: { on: true, open: true } });
  const scrape = async (): Promise<number> =>
    (await house.inject({ method: 'GET', url: '/metrics', remoteAddress: '127.0.0.1' })).status;
  const statuses = await Promise.all(Array.from({ length: SCRAPES_LIMIT + 1 }, scrape));
  assert.deepEqual(statuses.sort(), [...Array(SCRAPES_LIMIT).fill(200), 503]);
  await new Promise((resolve) => setImmediate(resolve)); // their streams close after the answer
  assert.equal(await scrape(), 200);
});

test('metrics have what boards said last', async (t) => {
  const house = await httpHouse(t);
  const { store, feed } = house.context;
  await house.run('integrationSet', { name: 'prometheus', setting: { on: true, open: true } });
  await store.notePending({ alias: 'pi-1', key: keyOf(1), platform: 'linux-arm64', version: '0.1.0' }, 1);
  await store.approve('pi-1');
  const row = recordOf({ alias: 'pi-1', timestamp: house.clock.now - 5_000, values: { 'air.t': 21.5 } });
  feed.tell('records', (await store.addRecords([row])).fresh);
  const { text } = await house.inject({ method: 'GET', url: '/metrics' });
  const families = parseMetrics(text);
  assert.deepEqual(families.get('perch_value')?.samples, [
    { labels: { alias: 'pi-1', item: 'air.t', unit: '' }, value: 21.5 },
  ]);
  assert.equal(families.get('perch_value_age_seconds')?.samples[0]?.value, 5);
  assert.equal(families.get('perch_board_up')?.samples[0]?.value, 0);
  assert.equal(families.get('perch_boards')?.samples[0]?.value, 1);
  for (const name of ['perch_records_stored_total', 'process_resident_memory_bytes', 'perch_http_watchers'])
    assert.ok(families.has(name), name);
});
