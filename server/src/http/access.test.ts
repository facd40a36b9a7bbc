import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GRANTS_LIMIT } from '../store/access-contract.ts';
import { CALLER_RATE, LINK_MS, LOGIN_RATE, SESSION_MS } from './limits.ts';
import { hashOf } from './secrets.ts';
import { browser, SECRET } from './testing/browser.ts';
import { httpHouse } from './testing/house.ts';

test('a link logs one browser in, once and within an hour; its cookie is out of the reach of scripts and other sites', async (t) => {
  const house = await httpHouse(t);
  const { secret, cookie, sent } = await browser(house);
  assert.match(cookie, /^perch=[\w-]{32}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
  const again = await house.inject({ method: 'POST', url: '/api/v1/session', payload: { secret } });
  assert.equal(again.status, 401);
  assert.match(again.json.detail, /used already or is too old.*perch-server login/);
  const who = await house.inject({ method: 'GET', url: '/api/v1/session', headers: { cookie: sent } });
  assert.deepEqual([who.json.name, who.json.scope], ['admin', 'admin']);

  const { url } = await house.run('login', {});
  house.clock.now += LINK_MS;
  const late = SECRET.exec(url)![1]!;
  assert.equal(
    (await house.inject({ method: 'POST', url: '/api/v1/session', payload: { secret: late } })).status,
    401,
  );
  house.clock.now += SESSION_MS;
  assert.equal(
    (await house.inject({ method: 'GET', url: '/api/v1/session', headers: { cookie: sent } })).status,
    401,
  );
});

test('over TLS, or behind a proxy with it, the cookie is Secure and bound to this very host', async (t) => {
  const house = await httpHouse(t, { publicUrl: 'https://perch.example.org' });
  const { cookie } = await browser(house);
  assert.match(cookie, /^__Host-perch=.*; HttpOnly; Secure; SameSite=Strict$/);
  const page = await house.inject({
    method: 'GET',
    url: '/api/v1/session',
    headers: { host: 'perch.example.org' },
  });
  assert.equal(page.headers['strict-transport-security'], 'max-age=31536000');
});

test('a session changes nothing at the word of another site', async (t) => {
  const house = await httpHouse(t);
  const { sent, csrf } = await browser(house);
  const revoke = (headers: Record<string, string>) =>
    house.inject({
      method: 'POST',
      url: '/api/v1/devices/pi-1/revoke',
      headers: { cookie: sent, ...headers },
    });
  const own = { 'x-perch-csrf': csrf, origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' };
  assert.equal((await revoke(own)).status, 409, 'as far as the command, which knows no such board');
  const cases: [Record<string, string>, RegExp][] = [
    [{}, /x-perch-csrf/],
    [{ ...own, 'x-perch-csrf': `${csrf.slice(0, -1)}?` }, /x-perch-csrf/],
    [{ ...own, origin: 'http://127.0.0.1:8081' }, /its origin is http:\/\/127\.0\.0\.1:8081/],
    [{ ...own, origin: 'null' }, /its origin is null/],
    [{ ...own, 'sec-fetch-site': 'cross-site' }, /from another site/],
    [{ ...own, 'sec-fetch-site': 'same-site' }, /from another site/],
  ];
  for (const [headers, detail] of cases) {
    const answer = await revoke(headers);
    assert.equal(answer.status, 403);
    assert.match(answer.json.detail, detail);
  }
  // A login by another site would put its own session into the browser.
  const { url } = await house.run('login', {});
  const login = await house.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: { 'sec-fetch-site': 'cross-site' },
    payload: { secret: SECRET.exec(url)![1]! },
  });
  assert.equal(login.status, 403);
});

test('what a proxy asks for itself is no login here', async (t) => {
  const house = await httpHouse(t);
  const { sent } = await browser(house);
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await house.inject({ method: 'GET', url: '/api/v1/session', headers })).status;
  const basic = { authorization: `Basic ${Buffer.from('ada:password').toString('base64')}` };
  for (let count = 0; count <= LOGIN_RATE.burst; count++) {
    assert.equal(await ask({ ...basic, cookie: sent }), 200);
    assert.equal(await ask(basic), 401, 'nobody, and no wrong guess either');
  }
  assert.equal(await ask({ authorization: 'Bearer', cookie: sent }), 401, 'a token was meant');
});

test('of X-Forwarded-For only what a proxy on this machine wrote is believed', async (t) => {
  const house = await httpHouse(t, { publicUrl: 'https://perch.example.org', trustProxy: true });
  let made = 0;
  const guess = async (last: string, remoteAddress = '127.0.0.1'): Promise<number> =>
    (
      await house.inject({
        ...{ method: 'GET', url: '/api/v1/devices', remoteAddress },
        // The first is what a client says of itself.
        headers: {
          authorization: 'Bearer perch_guess',
          'x-forwarded-for': `10.0.${made++}.1, ${last}`,
        },
      })
    ).status;
  for (let count = 0; count < LOGIN_RATE.burst; count++) assert.equal(await guess('198.51.100.7'), 401);
  assert.equal(await guess('198.51.100.7'), 429, 'by whatever address it says it comes');
  assert.equal(await guess('198.51.100.8'), 401, 'another is not held up');
  for (let count = 0; count < LOGIN_RATE.burst; count++)
    assert.equal(await guess(`203.0.113.${count}`, '192.168.1.9'), 401);
  assert.equal(await guess('203.0.113.99', '192.168.1.9'), 429, 'no proxy of this machine');
});

test('a name that somebody else’s page made up for this machine is not answered', async (t) => {
  const house = await httpHouse(t);
  for (const host of ['evil.example', 'localhost.evil.example:8080']) {
    const answer = await house.inject({ method: 'GET', url: '/api/v1/session', headers: { host } });
    assert.equal(answer.status, 421, host);
  }
  for (const host of ['localhost:8080', '127.0.0.1', '[::1]:8080'])
    assert.equal(
      (await house.inject({ method: 'GET', url: '/api/v1/session', headers: { host } })).status,
      401,
      host,
    );
});

test('a token may do what its scope says, until it is revoked; what is stored of it is a hash', async (t) => {
  const house = await httpHouse(t);
  assert.equal((await house.ask('read', 'GET', '/devices')).status, 200);
  const refused = await house.ask('read', 'POST', '/devices/pi-1/revoke');
  assert.equal(refused.status, 403);
  assert.equal(refused.json.detail, 'this needs the scope operate, and yours is read');
  assert.equal((await house.ask('operate', 'POST', '/devices/pi-1/revoke')).status, 409);
  assert.equal((await house.ask('operate', 'GET', '/tokens')).status, 403);

  const made = await house.ask('admin', 'POST', '/tokens', { name: 'grafana', scope: 'read', ttl: 60_000 });
  assert.equal(made.status, 201);
  const { id, token } = made.json;
  assert.match(token, /^perch_[\w-]{32}$/);
  const listed = await house.ask('admin', 'GET', '/tokens');
  assert.equal(listed.text.includes(token), false);
  assert.equal(listed.text.includes(hashOf(token)), false);
  const stored = await house.context.store.grants('token', house.clock.now);
  assert.ok(stored.some((grant) => grant.secretSha256 === hashOf(token)));
  const use = () =>
    house.inject({ method: 'GET', url: '/api/v1/devices', headers: { authorization: `Bearer ${token}` } });
  assert.equal((await use()).status, 200);
  assert.equal((await house.ask('admin', 'DELETE', `/tokens/${id}`)).status, 204);
  const after = await use();
  assert.equal(after.status, 401);
  assert.equal(after.headers['www-authenticate'], 'Bearer');

  const short = await house.ask('admin', 'POST', '/tokens', { name: 'short', scope: 'read', ttl: 60_000 });
  house.clock.now += 60_000;
  const expired = await house.inject({
    method: 'GET',
    url: '/api/v1/devices',
    headers: { authorization: `Bearer ${short.json.token}` },
  });
  assert.equal(expired.status, 401);
});

test('who did what is remembered, with the name of the token or session that asked', async (t) => {
  const house = await httpHouse(t);
  await house.ask('operate', 'POST', '/enrolments', { alias: 'pi-1' });
  const { sent, csrf } = await browser(house);
  await house.inject({
    method: 'POST',
    url: '/api/v1/enrolments',
    headers: { cookie: sent, 'x-perch-csrf': csrf },
    payload: { alias: 'pi-2' },
  });
  const { json } = await house.ask('read', 'GET', '/events?kind=device');
  assert.deepEqual(
    json.events.map(({ actor, kind, alias }: Record<string, string>) => [actor, kind, alias]),
    [
      ['session:admin', 'device.token', 'pi-2'],
      ['token:test-operate', 'device.token', 'pi-1'],
    ],
  );
  assert.equal((await house.ask('read', 'GET', '/events?alias=pi-1')).json.events.length, 1);
  const first = await house.ask('read', 'GET', '/events?limit=1');
  const second = await house.ask('read', 'GET', `/events?limit=1&cursor=${first.json.next}`);
  assert.ok(second.json.events[0].id < first.json.events[0].id);
});

test('guesses of one address, and requests of one caller, are bounded, and time helps', async (t) => {
  const house = await httpHouse(t);
  const guess = () =>
    house.inject({ method: 'GET', url: '/api/v1/devices', headers: { authorization: 'Bearer perch_guess' } });
  for (let count = 0; count < LOGIN_RATE.burst; count++) assert.equal((await guess()).status, 401);
  const stopped = await guess();
  assert.equal(stopped.status, 429);
  assert.equal(stopped.headers['retry-after'], '6');
  house.clock.now += 60_000;
  assert.equal((await guess()).status, 401);

  for (let count = 0; count < CALLER_RATE.burst; count++)
    assert.equal((await house.ask('read', 'GET', '/groups')).status, 200);
  assert.equal((await house.ask('read', 'GET', '/groups')).status, 429);
  assert.equal((await house.ask('admin', 'GET', '/groups')).status, 200, 'another caller is not held up');
});

test('of sessions and links the oldest goes; of tokens there are only so many', async (t) => {
  const { run, context, clock } = await httpHouse(t);
  for (let count = 0; count < GRANTS_LIMIT.link + 2; count++) await run('login', {});
  assert.equal((await context.store.grants('link', clock.now)).length, GRANTS_LIMIT.link);
  for (let count = 0; count < GRANTS_LIMIT.token; count++)
    await run('tokenAdd', { name: `t${count}`, scope: 'read' });
  await assert.rejects(
    run('tokenAdd', { name: 'more', scope: 'read' }),
    /there are 500 tokens; revoke some first/,
  );
  await assert.rejects(run('tokenAdd', { name: 't0', scope: 'read' }), /there is a token "t0" already/);
});
