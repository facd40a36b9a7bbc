import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ANSWER_LIMIT, NoAnswer, type Post, post, retryAfterMs, URL_LIMIT, urlFault } from './http-post.ts';

async function receiver(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const ask = (url: string, more: Partial<Post> = {}): Post => ({
  ...{ url, headers: {}, body: Buffer.from('{}'), timeout: 5_000 },
  ...{ signal: new AbortController().signal, ...more },
});

test('a redirect is an answer like any other: nobody is sent elsewhere', async (t) => {
  const seen: string[] = [];
  const url = await receiver(t, (request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  assert.equal((await post(ask(url))).status, 302);
  assert.deepEqual(seen, ['/']);
});

test('of an endless answer only the beginning is read', async (t) => {
  const url = await receiver(t, (_, response) => {
    const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
    more();
  });
  const { status, text } = await post(ask(url));
  assert.equal(status, 200);
  assert.equal(text.length, ANSWER_LIMIT);
});

test('a receiver that hangs, closes, or is not there is a reason in words without its address', async (t) => {
  const hangs = await receiver(t, () => undefined);
  await assert.rejects(post(ask(hangs, { timeout: 50 })), new NoAnswer('no answer within 0.05 s'));
  const slow = await receiver(t, (_, response) => void response.write('begun'));
  await assert.rejects(post(ask(slow, { timeout: 50 })), new NoAnswer('no answer within 0.05 s'));
  const closes = await receiver(t, (request) => void request.socket.destroy());
  await assert.rejects(post(ask(closes)), new NoAnswer('the connection broke'));
  await assert.rejects(post(ask('http://127.0.0.1:1/secret')), new NoAnswer('nobody listens there'));
  const end = new AbortController();
  const given = post(ask(hangs, { signal: end.signal }));
  end.abort();
  await assert.rejects(given, new NoAnswer('given up'));
});

test('a URL with credentials, of another scheme, or too long is not taken', () => {
  assert.equal(urlFault('https://example.org/hook?a=b'), undefined);
  assert.equal(urlFault('http://[::1]:8086'), undefined);
  assert.match(urlFault('https://me:secret@example.org')!, /user or password/);
  assert.match(urlFault('ftp://example.org')!, /only http/);
  assert.match(urlFault('example.org')!, /no URL/);
  assert.match(urlFault('https://example.org/#x')!, /hash/);
  assert.match(urlFault(`https://example.org/${'x'.repeat(URL_LIMIT)}`)!, /longer/);
});

test('how long to wait is read as seconds or as a date, and bounded', () => {
  const now = Date.UTC(2026, 0, 1);
  assert.equal(retryAfterMs({ 'retry-after': '5' }, now, 60_000), 5_000);
  assert.equal(retryAfterMs({ 'retry-after': '999999999' }, now, 60_000), 60_000);
  assert.equal(retryAfterMs({ 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' }, now, 60_000), 7_000);
  assert.equal(retryAfterMs({ 'retry-after': 'soon' }, now, 60_000), 0);
  assert.equal(retryAfterMs({}, now, 60_000), 0);
});
