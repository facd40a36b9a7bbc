import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../store/access-contract.ts';
import { keyOf, recordOf } from '../store/sample-rows.ts';
import { HTTP_HEAD_TIMEOUT_MS } from './limits.ts';
import { SCRAPES_LIMIT } from './metrics.ts';
import type { Patience } from './slow-callers.ts';
import { type HttpHouse, httpHouse } from './testing/house.ts';

/** The server on a real connection, which alone can be slow. */
async function opened(t: TestContext, patience: Patience) {
  const house = await httpHouse(t, {}, patience);
  await house.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = house.app.server.address() as AddressInfo;
  const tokens: Partial<Record<Scope, string>> = {};
  for (const scope of ['read', 'admin'] as const)
    tokens[scope] = (await house.run('tokenAdd', { name: scope, scope })).token;
  /** Sends the head of a request. */
  const ask = (request: string, scope?: Scope, ...headers: string[]): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    t.after(() => socket.destroy());
    if (scope !== undefined) headers.push(`authorization: Bearer ${tokens[scope]}`);
    socket.write([`${request} HTTP/1.1`, 'host: 127.0.0.1:8080', ...headers, '', ''].join('\r\n'));
    return socket;
  };
  return { house, ask };
}

/** All that comes until the connection ends. */
async function told(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  await once(socket, 'close');
  return text;
}

const file = (length: number): string[] => [
  'content-type: application/octet-stream',
  `content-length: ${length}`,
];
const PATIENT = { bodyMs: 60_000, silenceMs: 60_000 };

test('the head of a request has its time, and Node sets none for all of it, which would cut off files', async (t) => {
  const { house } = await opened(t, PATIENT);
  const { headersTimeout, requestTimeout } = house.app.server;
  assert.deepEqual([headersTimeout, requestTimeout], [HTTP_HEAD_TIMEOUT_MS, 0]);
});

test('a body that does not come in time is not waited for', async (t) => {
  const { ask } = await opened(t, { ...PATIENT, bodyMs: 100 });
  const socket = ask(
    'POST /api/v1/session',
    undefined,
    'content-type: application/json',
    'content-length: 90',
  );
  socket.write('{"secret":');
  const text = await told(socket);
  assert.match(text, /^HTTP\/1\.1 408 /);
  assert.match(text, /connection: close[\s\S]*the body did not come within 0\.1 s/i);
});

test('nor is one that nobody asked for: of a stranger, or beside a stream', async (t) => {
  const { house, ask } = await opened(t, { ...PATIENT, bodyMs: 100 });
  const stranger = ask('POST /api/v1/uploads', undefined, ...file(1_000_000));
  assert.match(await told(stranger), /^HTTP\/1\.1 401 /);
  const watching = ask('GET /api/v1/stream', 'read', 'content-length: 5');
  assert.match(await told(watching), /^HTTP\/1\.1 200 /);
  while (house.context.watchers.size > 0) await sleep(5);
});

test('a file may take long, and who stops sending it is let go', async (t) => {
  const { house, ask } = await opened(t, { bodyMs: 100, silenceMs: 300 });
  const slow = ask('POST /api/v1/uploads', 'admin', ...file(6), 'connection: close');
  const answer = told(slow);
  for (const letter of 'abcdef') {
    await sleep(80);
    slow.write(letter);
  }
  assert.match(await answer, /^HTTP\/1\.1 201 [\s\S]*"bytes":6/);
  const silent = ask('POST /api/v1/uploads', 'admin', ...file(6));
  silent.write('abc');
  assert.doesNotMatch(await told(silent), / 201 /);
  assert.deepEqual(house.told, [], 'that is no fault of the program');
});

const ROWS = 2_400;
/** More than the buffers of a connection take. */
async function withRecords({ context }: HttpHouse): Promise<void> {
  const { store } = context;
  await store.notePending({ alias: 'pi-1', key: keyOf(1), platform: 'linux-arm64', version: '0.1.0' }, 1);
  await store.approve('pi-1');
  const values = { 'a.b': 'x'.repeat(2_500) };
  await store.addRecords(
    Array.from({ length: ROWS }, (_, n) => recordOf({ alias: 'pi-1', number: n, values })),
  );
}
const EXPORT = 'GET /api/v1/devices/pi-1/records?format=ndjson';

test('an export that nobody reads any more ends', async (t) => {
  const { house, ask } = await opened(t, { ...PATIENT, silenceMs: 150 });
  await withRecords(house);
  const closed = new Promise((resolve) => {
    house.app.server.on('connection', (socket) => socket.once('close', resolve));
  });
  const stalled = ask(EXPORT, 'read');
  stalled.pause();
  await closed;
});

test('an export that is read slowly goes on, and so does one that is slow to be made', async (t) => {
  const { house, ask } = await opened(t, { ...PATIENT, silenceMs: 400 });
  await withRecords(house);
  const slow = ask(EXPORT, 'read', 'connection: close');
  let lines = 0;
  let read = 0;
  slow.on('data', (part: Buffer) => {
    lines += part.toString('latin1').split('{"alias"').length - 1;
    read += part.length;
    if (read < 1_000_000) return;
    read = 0;
    slow.pause();
    setTimeout(() => slow.resume(), 100);
  });
  await once(slow, 'end');
  assert.ok(lines > ROWS - 40, `${lines} of ${ROWS} records`); // some stand on the border of two parts

  const { recordPage } = house.context.store;
  house.context.store.recordPage = async (...args) => {
    await sleep(100);
    return recordPage(...args);
  };
  const nothing = EXPORT.replace('ndjson', 'csv&items=none');
  const text = await told(ask(nothing, 'read', 'connection: close'));
  assert.match(text, /^HTTP\/1\.1 200 [\s\S]*time,none\r\n\r\n0\r\n\r\n$/, 'to its end');
});

test('scrapes that nobody reads any more make room for others', async (t) => {
  const { house, ask } = await opened(t, { ...PATIENT, silenceMs: 600 });
  await house.run('integrationSet', { name: 'prometheus', setting: { on: true } });
  const items = Array.from({ length: 1_000 }, (_, n) => ({ name: `i.${n}`, value: n, at: 0, per: 1_000 }));
  house.context.values.latest.all = async function* () {
    for (let board = 0; board < 300; board++) yield [`pi-${board}`, items];
  };
  for (let n = 0; n < SCRAPES_LIMIT; n++) {
    const scrape = ask('GET /metrics', 'read');
    await once(scrape, 'readable');
  }
  const over = async (): Promise<string> => {
    const socket = ask('GET /metrics', 'read', 'connection: close');
    const [part] = await once(socket, 'data');
    socket.destroy();
    return String(part).slice(9, 12);
  };
  assert.equal(await over(), '503');
  while ((await over()) !== '200') await sleep(20);
});
