import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from '@sinclair/typebox/value';
import { allRoutes } from './routes/index.ts';
import { browser, SECRET } from './testing/browser.ts';
import { httpHouse } from './testing/house.ts';

test('a link logs in a browser that is logged in already, though its page cannot know the session yet', async (t) => {
  const house = await httpHouse(t);
  const { sent } = await browser(house);
  const logIn = async (headers: Record<string, string>) => {
    const { url } = await house.run('login', { name: 'ada', scope: 'read' });
    return house.inject({
      ...{ method: 'POST', url: '/api/v1/session', headers: { cookie: sent, ...headers } },
      payload: { secret: SECRET.exec(url)![1]! },
    });
  };
  const own = { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' };
  assert.equal((await logIn({ ...own, origin: 'https://evil.example' })).status, 403);
  assert.equal((await logIn({ ...own, 'sec-fetch-site': 'cross-site' })).status, 403);
  const answer = await logIn(own);
  assert.deepEqual([answer.status, answer.json.name], [200, 'ada']);
  const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
  const who = (cookie: string) =>
    house.inject({ method: 'GET', url: '/api/v1/session', headers: { cookie } });
  assert.deepEqual([(await who(sent)).status, (await who(cookie)).status], [401, 200], 'the one before ends');
  // Only that: logging out is something that the session's own page does.
  const out = await house.inject({
    ...{ method: 'DELETE', url: '/api/v1/session', headers: { cookie, ...own } },
  });
  assert.equal(out.status, 403);
});

test('a token that is revoked takes the sessions with it that were begun with it, and no others', async (t) => {
  const house = await httpHouse(t);
  const { id, token } = await house.run('tokenAdd', { name: 'ada', scope: 'read' });
  const logIn = () => house.inject({ method: 'POST', url: '/api/v1/session', payload: { secret: token } });
  const cookie = String((await logIn()).headers['set-cookie']).split(';')[0]!;
  const other = await browser(house);
  const who = async (sent: string): Promise<number> =>
    (await house.inject({ method: 'GET', url: '/api/v1/session', headers: { cookie: sent } })).status;
  assert.equal(await who(cookie), 200);
  assert.equal((await house.ask('admin', 'DELETE', `/tokens/${id}`)).status, 204);
  assert.deepEqual([await who(cookie), await who(other.sent)], [401, 200]);
  assert.equal((await logIn()).status, 401);
});

test('a token that is revoked while somebody logs in with it begins no session', async (t) => {
  const house = await httpHouse(t);
  const { store } = house.context;
  const { token } = await house.run('tokenAdd', { name: 'ada', scope: 'read' });
  const { addGrant } = store;
  store.addGrant = async (grant) => {
    if (grant.kind === 'session') await house.run('tokenRevoke', { id: 'ada' });
    return addGrant(grant);
  };
  const answer = await house.inject({ method: 'POST', url: '/api/v1/session', payload: { secret: token } });
  assert.deepEqual([answer.status, answer.headers['set-cookie']], [401, undefined]);
  assert.deepEqual(await store.grants('session', house.clock.now), []);
});

test('an admin sees who is logged in, and logs out whom he likes; that is remembered', async (t) => {
  const house = await httpHouse(t);
  const ada = await browser(house);
  house.clock.now += 1_000;
  const bob = await browser(house, 'read');
  const asked = async (method: 'GET' | 'DELETE', path: string) =>
    house.inject({
      ...{ method, url: `/api/v1/sessions${path}` },
      headers: { cookie: ada.sent, 'x-perch-csrf': ada.csrf },
    });
  const { json, text } = await asked('GET', '');
  const route = allRoutes(house.context).find(({ path }) => path === '/sessions');
  assert.deepEqual([...Value.Errors(route!.answer!, json)], []);
  assert.doesNotMatch(text, /secret|parent/i);
  const shown = json.sessions.map(({ scope, own }: { scope: string; own: boolean }) => [scope, own]);
  assert.deepEqual(shown, [
    ['read', false],
    ['admin', true],
  ]);
  assert.deepEqual(Object.keys(json.sessions[1]).sort(), [
    ...['created', 'expires', 'id', 'name', 'own', 'scope', 'used'],
  ]);
  const [{ id }] = json.sessions;
  assert.equal((await asked('DELETE', `/${id}`)).status, 204);
  assert.equal((await asked('DELETE', `/${id}`)).status, 409);
  const cookie = { cookie: bob.sent };
  assert.equal((await house.inject({ method: 'GET', url: '/api/v1/session', headers: cookie })).status, 401);
  const headers = { cookie: ada.sent, 'x-perch-csrf': ada.csrf };
  await house.inject({ method: 'DELETE', url: '/api/v1/session', headers });
  const events = await house.context.store.events({ kind: 'session.ended' });
  assert.deepEqual(
    events.map(({ actor, text: what }) => [actor, what]),
    [
      ['session:admin', 'logged out'],
      ['session:admin', 'the session of admin was ended'],
    ],
  );
});

test('who is logged out, or whose token is revoked, watches no more', async (t) => {
  const house = await httpHouse(t);
  const { watchers } = house.context;
  const ada = await browser(house);
  const { token } = await house.run('tokenAdd', { name: 'grafana', scope: 'read' });
  const watch = async (headers: Record<string, string>): Promise<void> => {
    const { statusCode, stream } = await house.app.inject({
      ...{ method: 'GET', url: '/api/v1/stream', payloadAsStream: true },
      headers: { host: '127.0.0.1:8080', ...headers },
    });
    assert.equal(statusCode, 200);
    stream().on('error', () => undefined);
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await watch({ cookie: ada.sent });
  await watch({ authorization: `Bearer ${token}` });
  assert.equal(watchers.size, 2);
  const headers = { cookie: ada.sent, 'x-perch-csrf': ada.csrf };
  await house.inject({ method: 'DELETE', url: '/api/v1/session', headers });
  await turn();
  assert.equal(watchers.size, 1);
  await house.run('tokenRevoke', { id: 'grafana' });
  await turn();
  assert.equal(watchers.size, 0);
});
