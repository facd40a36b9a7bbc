import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { bodyOf, withSession } from './api.ts';
import type { Session } from './api-types.ts';
import { session } from './session.ts';

const ada: Session = { name: 'ada', scope: 'admin', csrf: 'a' };

/** A browser whose session is that of `csrf`: a write that tells another is refused. Gives what was told. */
function browser(t: TestContext, csrf: string | undefined): (string | undefined)[] {
  session.value = ada;
  t.mock.method(globalThis, 'fetch', async () =>
    csrf === undefined ? new Response('', { status: 401 }) : Response.json({ ...ada, csrf }),
  );
  return [];
}

const write = (told: (string | undefined)[], good: string) => async () => {
  told.push(session.value?.csrf);
  return { status: session.value?.csrf === good ? 200 : 403 };
};

test('after a login in another tab a write is sent once more, as that session', async (t) => {
  const told = browser(t, 'b');
  assert.deepEqual(await withSession(write(told, 'b')), { status: 200 });
  assert.deepEqual(told, ['a', 'b']);
});

test('a write that the session may not do is sent once', async (t) => {
  const told = browser(t, 'a');
  assert.equal((await withSession(write(told, 'x'))).status, 403);
  assert.deepEqual(told, ['a']);
});

test('a write that is refused to the other session as well is not sent for ever', async (t) => {
  const told = browser(t, 'b');
  assert.equal((await withSession(write(told, 'x'))).status, 403);
  assert.deepEqual(told, ['a', 'b']);
});

test('nobody is logged in any more: the refusal stays', async (t) => {
  const told = browser(t, undefined);
  assert.equal((await withSession(write(told, 'x'))).status, 403);
  assert.deepEqual(told, ['a']);
});

test('what a proxy wrote is no answer, and no error of JSON either', () => {
  assert.equal(bodyOf('<html><h1>413 Request Entity Too Large</h1></html>'), undefined);
  assert.equal(bodyOf(''), undefined);
  assert.deepEqual(bodyOf('{"id":"x"}'), { id: 'x' });
});
