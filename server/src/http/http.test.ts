import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Value } from '@sinclair/typebox/value';
import { LIST_AGE_MS } from '../fleet-list/fleet-list.ts';
import { keyOf } from '../store/sample-rows.ts';
import { CONTENT_SECURITY_POLICY } from './headers.ts';
import { BODY_LIMIT } from './limits.ts';
import { API } from './route.ts';
import { allRoutes } from './routes/index.ts';
import { httpHouse } from './testing/house.ts';

test('each route is for those who are logged in, with the scope that it says, and is described', async (t) => {
  const house = await httpHouse(t);
  const { json: described } = await house.inject({ method: 'GET', url: `${API}/openapi.json` });
  assert.equal(described.openapi, '3.1.0');
  for (const { method, path, scope, summary } of allRoutes(house.context)) {
    const url = path.replaceAll(/\{\w+\}/g, 'x');
    const nobody = await house.inject({ method, url: `${API}${url}` });
    assert.equal(nobody.status, 401, `${method} ${path}`);
    assert.match(String(nobody.headers['content-type']), /^application\/problem\+json/);
    if (scope !== 'read')
      assert.equal((await house.ask('read', method, url)).status, 403, `${method} ${path}`);
    const route = described.paths[`${API}${path}`]?.[method.toLowerCase()];
    assert.equal(route?.summary, summary, `${method} ${path}`);
    assert.deepEqual(route.security, [{ token: [scope] }, { session: [scope] }]);
  }
});

test('the description is OpenAPI 3.1 as its own schema has it', async (t) => {
  const house = await httpHouse(t);
  const { json } = await house.inject({ method: 'GET', url: `${API}/openapi.json` });
  const validator = new Validator();
  const { valid, errors } = await validator.validate(json);
  assert.deepEqual([valid, errors ?? []], [true, []]);
  assert.equal(validator.version, '3.1');
});

test('answers are as they are described', async (t) => {
  const house = await httpHouse(t);
  const { store } = house.context;
  for (const [alias, byte] of [
    ['pi-1', 1],
    ['pi-1', 2],
    ['pi-10', 3],
    ['pi-2', 4],
  ] as const)
    await store.notePending(
      { alias, key: keyOf(byte), platform: 'linux-arm64', version: '0.1.0' },
      house.clock.now,
    );
  await store.approve('pi-10');
  await store.setGroups('pi-10', ['lab']);
  await store.updateDevice('pi-10', keyOf(3), {
    refused: { version: 2, text: '/period: too short' },
    update: { sequence: 1, state: 'failed', error: 'WRONG_HASH', progress: 12.5 },
    restart: { reason: 'stalled', count: 7, at: house.clock.now },
  });
  await house.run('enroll', { alias: 'pi-3' });
  const answers = new Map(
    allRoutes(house.context).map((route) => [`${route.method} ${route.path}`, route.answer]),
  );
  const asked: [method: string, path: string, url: string, body?: unknown][] = [
    ['GET', '/devices', '/devices'],
    ['GET', '/devices/{alias}', '/devices/pi-10'],
    ['POST', '/devices/{alias}/approve', '/devices/pi-2/approve', {}],
    ['POST', '/devices/{alias}/revoke', '/devices/pi-2/revoke'],
    ['PUT', '/devices/{alias}/groups', '/devices/pi-1/groups', { groups: ['lab', 'roof'] }],
    ['GET', '/groups', '/groups'],
    ['POST', '/enrolments', '/enrolments', { alias: 'pi-4' }],
    ['GET', '/rollouts', '/rollouts'],
    ['GET', '/releases', '/releases'],
    ['GET', '/events', '/events'],
    ['GET', '/tokens', '/tokens'],
    ['GET', '/status', '/status'],
    ['GET', '/config-schema', '/config-schema'],
  ];
  for (const [method, path, url, body] of asked) {
    const answer = await house.ask('admin', method, url, body);
    assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
    const schema = answers.get(`${method} ${path}`);
    assert.ok(schema, `${method} ${path} has no schema`);
    const fault = Value.Errors(schema, answer.json).First();
    assert.equal(fault, undefined, `${method} ${url}: ${fault?.path} ${fault?.message}`);
  }
  const { devices, counts, total } = (await house.ask('read', 'GET', '/devices')).json;
  assert.deepEqual(
    devices.map(({ alias, status, health, waiting }: Record<string, unknown>) => [
      alias,
      status,
      health,
      waiting,
    ]),
    [
      ['pi-1', 'pending', 'ok', 1],
      ['pi-2', 'revoked', 'ok', 0],
      ['pi-10', 'approved', 'trouble', 0],
    ],
    'one row an alias, in the order in which people count',
  );
  assert.deepEqual(counts, { all: 3, approved: 1, pending: 1, revoked: 1, online: 0, trouble: 1 });
  assert.equal(total, 3);
});

test('a board shows the alerts that it has, and the rollout that it follows', async (t) => {
  const house = await httpHouse(t);
  const device = { alias: 'pi-1', key: keyOf(1), platform: 'linux-arm64', version: '0.9.0' };
  await house.context.store.notePending(device, house.clock.now);
  Object.assign(house.context.live, {
    openAlerts: (alias: string) => (alias === 'pi-1' ? 2 : 0),
    rolloutOf: () => 7,
  });
  assert.equal((await house.ask('read', 'GET', '/devices')).json.devices[0].alerts, 2);
  const { json } = await house.ask('read', 'GET', '/devices/pi-1');
  assert.deepEqual([json.device.alerts, json.rollout], [2, { id: 7 }]);
});

test('lists are searched, filtered, sorted and paged', async (t) => {
  const house = await httpHouse(t);
  for (let number = 1; number <= 25; number++) {
    const alias = `pi-${number}`;
    await house.context.store.notePending(
      { alias, key: keyOf(number), platform: 'linux-arm64', version: number === 3 ? '0.10.0' : '0.9.0' },
      house.clock.now + number,
    );
    if (number % 2 === 0) await house.context.store.approve(alias);
  }
  const aliases = async (query: string): Promise<string[]> =>
    (await house.ask('read', 'GET', `/devices?${query}`)).json.devices.map(
      ({ alias }: { alias: string }) => alias,
    );
  assert.deepEqual(await aliases('limit=3'), ['pi-1', 'pi-2', 'pi-3']);
  const page = (await house.ask('read', 'GET', '/devices?limit=10&cursor=20')).json;
  assert.equal(page.devices.length, 5);
  assert.deepEqual([page.next, page.total], [null, 25]);
  assert.deepEqual(await aliases('search=PI-2&status=approved'), ['pi-2', 'pi-20', 'pi-22', 'pi-24']);
  assert.deepEqual((await aliases('sort=-version')).slice(0, 1), ['pi-3']);
  assert.deepEqual((await aliases('sort=-lastSeen')).slice(0, 2), ['pi-25', 'pi-24']);
  assert.deepEqual(await aliases('group=lab'), []);
  await house.context.store.notePending(
    { alias: 'pi-4', key: keyOf(99), platform: 'linux-arm64', version: '0.9.0' },
    house.clock.now,
  );
  house.clock.now += LIST_AGE_MS;
  assert.deepEqual(await aliases('status=approved&waiting=true'), ['pi-4'], 'another key wants its place');
});

test('what cannot be is one clear problem', async (t) => {
  const house = await httpHouse(t);
  const cases: [method: string, url: string, body: unknown, status: number, detail: RegExp][] = [
    ['GET', '/devices?sort=size', undefined, 400, /^query\/sort: not allowed \(one of alias, /],
    ['GET', '/devices?limit=0', undefined, 400, /^query\/limit: /],
    ['GET', '/devices?colour=red', undefined, 400, /^query\/colour: /],
    ['GET', '/devices/nobody', undefined, 404, /no board was here as nobody/],
    ['POST', '/enrolments', { alias: 'Not an alias' }, 400, /not an alias|"Not an alias"/],
    ['POST', '/enrolments', { alias: 'pi', colour: 'red' }, 400, /^body\/colour: /],
    ['POST', '/devices/pi-1/approve', {}, 409, /no board asked to be let in as pi-1/],
    [
      'GET',
      '/stream?topics=weather',
      undefined,
      400,
      /no topic "weather"; there are records, events, devices, alerts/,
    ],
    ['GET', '/nothing', undefined, 404, /there is nothing at GET \/api\/v1\/nothing/],
    ['POST', '/releases?platform=linux-x64&version=1.0.0', {}, 415, /application\/octet-stream/],
    ['POST', '/commands/fly', {}, 404, /there is no command "fly"/],
  ];
  for (const [method, url, body, status, detail] of cases) {
    const answer = await house.ask('admin', method, url, body);
    assert.equal(answer.status, status, `${method} ${url}: ${answer.text}`);
    assert.match(answer.json.detail, detail);
    assert.equal(answer.json.status, status);
  }
  const { token } = await house.run('tokenAdd', { name: 'raw', scope: 'admin' });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const broken = await house.inject({
    method: 'POST',
    url: `${API}/enrolments`,
    headers,
    payload: '{"alias":',
  });
  assert.equal(broken.status, 400);
  const long = await house.inject({
    method: 'POST',
    url: `${API}/enrolments`,
    headers,
    payload: ' '.repeat(BODY_LIMIT + 1),
  });
  assert.equal(long.status, 413);
  assert.deepEqual(house.told, [], 'none of it is a fault of the program');
});

test('a fault of the program is told in the log, and not to the caller', async (t) => {
  const house = await httpHouse(t);
  house.context.store.events = () => Promise.reject(new Error('secret detail'));
  const answer = await house.ask('read', 'GET', '/events');
  assert.equal(answer.status, 500);
  assert.equal(answer.text.includes('secret'), false);
  assert.match(house.told.join('\n'), /failed: GET \/api\/v1\/events: Error: secret detail/);
});

test('every answer forbids a browser what a page of ours never does', async (t) => {
  const house = await httpHouse(t);
  for (const url of [`${API}/session`, `${API}/openapi.json`, '/nothing']) {
    const { headers } = await house.inject({ method: 'GET', url });
    assert.equal(headers['content-security-policy'], CONTENT_SECURITY_POLICY);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  }
  assert.doesNotMatch(CONTENT_SECURITY_POLICY, /unsafe|https?:|\*/);
  assert.equal(
    (await house.inject({ method: 'GET', url: `${API}/session` })).headers['cache-control'],
    'no-store',
  );
});

test('a long answer is compressed for who takes that, and a stream is not', async (t) => {
  const house = await httpHouse(t);
  const { token } = await house.run('tokenAdd', { name: 'browser', scope: 'read' });
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip, br' };
  const schema = await house.inject({ method: 'GET', url: `${API}/config-schema`, headers });
  assert.equal(schema.headers['content-encoding'], 'gzip');
  const short = await house.inject({ method: 'GET', url: `${API}/groups`, headers });
  assert.equal(short.headers['content-encoding'], undefined);
  const command = await house.app.inject({
    method: 'POST',
    url: `${API}/commands/devices`,
    headers: { ...headers, host: '127.0.0.1:8080' },
    payload: {},
  });
  assert.equal(command.headers['content-encoding'], undefined);
  assert.deepEqual(JSON.parse(command.payload), { result: { devices: [] } });
});

test('whether the server lives is told to everybody, and nothing else of it', async (t) => {
  const house = await httpHouse(t);
  const well = await house.inject({ method: 'GET', url: '/healthz' });
  assert.deepEqual([well.status, well.json], [200, { connected: true }]);
  const { status } = house.context.live;
  house.context.live.status = () => ({ ...status(), connected: false });
  assert.equal((await house.inject({ method: 'GET', url: '/healthz' })).status, 503);
});

test('a HEAD begins nothing that would go on for ever', async (t) => {
  const house = await httpHouse(t);
  const { token } = await house.run('tokenAdd', { name: 'monitor', scope: 'read' });
  const head = async (url: string): Promise<number> => {
    const headers = { host: '127.0.0.1:8080', authorization: `Bearer ${token}` };
    return (await house.app.inject({ method: 'HEAD', url, headers })).statusCode;
  };
  assert.equal(await head(`${API}/stream`), 404);
  assert.equal(house.context.watchers.size, 0);
  assert.equal(await head('/healthz'), 200);
});

test('the description names the cookie that a session has', async (t) => {
  for (const [options, name] of [
    [{}, 'perch'],
    [{ publicUrl: 'https://perch.example.org' }, '__Host-perch'],
  ] as const) {
    const house = await httpHouse(t, options);
    const { json } = await house.inject({ method: 'GET', url: `${API}/openapi.json` });
    assert.equal(json.components.securitySchemes.session.name, name);
  }
});
