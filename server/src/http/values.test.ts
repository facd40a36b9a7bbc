import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { SERIES_ITEMS_LIMIT } from '../series/plan.ts';
import type { RecordRow } from '../store/contract.ts';
import { gapOf, keyOf, recordOf } from '../store/sample-rows.ts';
import { retentionRoutes } from './routes/retention.ts';
import { EXPORTS_LIMIT, valueRoutes } from './routes/values.ts';
import { type HttpHouse, httpHouse, NOW } from './testing/house.ts';

const HOUR = 3_600_000;
const PATH = '/devices/greenhouse-1';

async function withBoard(house: HttpHouse, rows: RecordRow[] = []): Promise<void> {
  const { store } = house.context;
  const board = { alias: 'greenhouse-1', key: keyOf(1), platform: 'linux-arm64', version: '0.1.0' };
  await store.notePending(board, NOW);
  await store.approve('greenhouse-1');
  await store.addRecords(rows);
}

const minutes = (count: number): RecordRow[] =>
  Array.from({ length: count }, (_, n) =>
    recordOf({
      number: n,
      timestamp: NOW - HOUR + n * 60_000,
      received: NOW,
      values: { 't.c': n },
      errors: { 'b.b': 'nak' },
    }),
  );

/** Asks, and holds the answer to what the route says of it. */
async function asked(house: HttpHouse, path: string) {
  const answer = await house.ask('read', 'GET', PATH + path);
  assert.equal(answer.status, 200, answer.text);
  const name = path.split('?')[0]!;
  const route = valueRoutes(house.context).find((one) => one.path === `/devices/{alias}${name}`);
  const faults = [...Value.Errors(route!.answer as TSchema, answer.json)];
  assert.deepEqual(faults, []);
  return answer.json;
}

test('a board tells what it said last', async (t) => {
  const house = await httpHouse(t);
  await withBoard(house, minutes(3));
  const { items, at } = await asked(house, '/latest');
  assert.equal(at, NOW - HOUR + 120_000);
  assert.deepEqual(items, [
    { name: 'b.b', error: 'nak', at, per: 10_000 },
    { name: 't.c', value: 2, at, per: 10_000 },
  ]);
});

test('a board that sent nothing has nothing, and one that never was is not there', async (t) => {
  const house = await httpHouse(t);
  await withBoard(house);
  assert.deepEqual(await asked(house, '/latest'), { items: [], at: null });
  assert.deepEqual((await asked(house, '/series?items=t.c')).series[0].t, []);
  assert.deepEqual(await asked(house, '/records'), { records: [], next: null });
  for (const path of ['latest', 'series?items=a.b', 'records', 'gaps']) {
    const { status, json } = await house.ask('read', 'GET', `/devices/nobody/${path}`);
    assert.equal(status, 404);
    assert.match(json.detail, /no board was here as nobody/);
  }
  await house.context.store.addRecords([recordOf({ alias: 'gone' })]);
  assert.equal((await house.ask('read', 'GET', '/devices/gone/latest')).status, 200);
});

test('a series has the last day unless told, in as many points as are wanted', async (t) => {
  const house = await httpHouse(t);
  await withBoard(house, minutes(60));
  const all = await asked(house, '/series?items=t.c,b.b');
  assert.deepEqual([all.since, all.until, all.bucket], [NOW - 24 * HOUR, NOW, 0]);
  assert.equal(all.series[0].t.length, 60);
  assert.equal(all.errors[0].t.length, 60);
  const few = await asked(house, `/series?items=t.c&since=${NOW - HOUR}&points=7&aggregates=max,last,count`);
  assert.equal(few.bucket, 600_000);
  assert.deepEqual(few.series[0].max, [9, 19, 29, 39, 49, 59]);
  assert.deepEqual(few.series[0].count, [10, 10, 10, 10, 10, 10]);
  assert.equal(few.series[0].mean, undefined);
});

test('a series that makes no sense is refused in one sentence', async (t) => {
  const house = await httpHouse(t);
  await withBoard(house);
  const many = Array.from({ length: SERIES_ITEMS_LIMIT + 1 }, (_, n) => `a.b${n}`).join(',');
  for (const [query, detail] of [
    ['', /items/],
    ['items=,', /give 1 to 16 names/],
    [`items=${many}`, /give 1 to 16 names/],
    ['items=a%22b', /is no name of an item/],
    ['items=a.b&points=2001', /points/],
    ['items=a.b&aggregates=mean,median', /there is no "median"; there are mean/],
    ['items=a.b&since=5&until=4', /since: it must not be after until/],
    ['items=a.b&colour=red', /colour/],
  ] as const) {
    const { status, json } = await house.ask('read', 'GET', `${PATH}/series?${query}`);
    assert.equal(status, 400, query);
    assert.match(json.detail, detail);
  }
});

test('records come in pages that stay right while more arrive', async (t) => {
  const house = await httpHouse(t);
  await withBoard(house, minutes(5));
  const seen: number[] = [];
  let cursor = '';
  for (let page = 0; page < 3; page++) {
    const { records, next } = await asked(house, `/records?limit=2&items=t.c${cursor}`);
    seen.push(...records.map(({ values }: RecordRow) => values['t.c']));
    assert.deepEqual(records[0].errors, {});
    await house.context.store.addRecords([recordOf({ number: 1000 + page, timestamp: NOW + page })]);
    cursor = `&cursor=${next}`;
    assert.equal(next === null, page === 2);
  }
  assert.deepEqual(seen, [4, 3, 2, 1, 0]);
  for (const wrong of ['cursor=1.2.3', 'limit=0', 'limit=501', 'order=up', 'format=xml'])
    assert.equal((await house.ask('read', 'GET', `${PATH}/records?${wrong}`)).status, 400, wrong);
});

test('records come as CSV or NDJSON by the query or the Accept header', async (t) => {
  const house = await httpHouse(t);
  await withBoard(house, minutes(1200));
  const csv = await house.ask('read', 'GET', `${PATH}/records?format=csv&items=t.c&order=oldest`);
  assert.match(String(csv.headers['content-type']), /^text\/csv/);
  assert.equal(csv.headers['content-disposition'], 'attachment; filename="greenhouse-1.csv"');
  const lines = csv.text.split('\r\n');
  assert.deepEqual([lines.length, lines[0]], [1202, 'time,t.c']);
  assert.equal(lines[2], `${new Date(NOW - HOUR + 60_000).toISOString()},1`);
  const { token } = await house.run('tokenAdd', { name: 'reader', scope: 'read' });
  const { text } = await house.inject({
    url: `/api/v1${PATH}/records?since=${NOW - HOUR}&until=${NOW - HOUR}`,
    headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' },
  });
  assert.deepEqual(JSON.parse(text).values, { 't.c': 0 });
});

test('a reader who takes nothing holds no more than his buffers, and only so many exports run', async (t) => {
  const house = await httpHouse(t);
  const text = { 'a.b': 'x'.repeat(200) };
  const rows = Array.from({ length: 12_000 }, (_, n) => recordOf({ number: n, values: text, errors: {} }));
  await withBoard(house, rows);
  const { token } = await house.run('tokenAdd', { name: 'reader', scope: 'read' });
  await house.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = house.app.server.address() as AddressInfo;
  let pages = 0;
  const { recordPage } = house.context.store;
  house.context.store.recordPage = (...args) => {
    pages += 1;
    return recordPage(...args);
  };
  const ask = (): ReturnType<typeof connect> => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET /api/v1${PATH}/records?format=ndjson HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nauthorization: Bearer ${token}\r\n\r\n`,
    );
    return socket;
  };
  const sockets = Array.from({ length: EXPORTS_LIMIT }, ask);
  try {
    for (const socket of sockets) {
      await once(socket, 'readable');
      assert.match(String(socket.read(12)), /200$/);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    const all = (EXPORTS_LIMIT * rows.length) / 500;
    assert.ok(pages < all, `${pages} of ${all} pages were read`);
    const over = ask();
    await once(over, 'readable');
    assert.match(String(over.read()), /503[\s\S]*16 exports are being written already/);
    over.destroy();
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  for (let tries = 0; ; tries++) {
    const { status } = await house.ask('read', 'GET', `${PATH}/records?format=csv&limit=1&until=5`);
    if (status === 200) break;
    assert.ok(tries < 100, 'those that went away make room');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('gaps are told', async (t) => {
  const house = await httpHouse(t);
  await withBoard(house);
  await house.context.store.addRecords([], [gapOf(), gapOf({ from: 50, to: 60, since: 5, until: 6 })]);
  const { gaps } = await asked(house, '/gaps');
  assert.deepEqual(gaps[0], { ...gapOf(), missing: 10 });
  assert.equal((await asked(house, '/gaps?until=10')).gaps.length, 1);
});

test('how long values are kept is for admins to say, is remembered, and leaves an event', async (t) => {
  const house = await httpHouse(t);
  const check = (json: unknown): void => {
    for (const { answer } of retentionRoutes(house.context)) assert.ok(Value.Check(answer as TSchema, json));
  };
  const first = await house.ask('read', 'GET', '/retention');
  assert.deepEqual(first.json, { rawDays: 90, hourDays: 1825 });
  const wanted = { rawDays: 7, hourDays: 400 };
  assert.equal((await house.ask('operate', 'PUT', '/retention', wanted)).status, 403);
  const put = await house.ask('admin', 'PUT', '/retention', wanted);
  assert.deepEqual(put.json, wanted);
  const after = await house.ask('read', 'GET', '/retention');
  assert.deepEqual(after.json, wanted);
  for (const { json } of [first, put, after]) check(json);
  await house.ask('admin', 'PUT', '/retention', wanted);
  const events = await house.context.store.events({ kind: 'retention' });
  assert.deepEqual(
    events.map(({ kind, text, actor }) => [kind, text, actor]),
    [['retention.set', 'records are kept 7 days and hours 400 days now', 'token:test-admin']],
  );
  for (const [body, status] of [
    [{ rawDays: 0, hourDays: 5 }, 400],
    [{ rawDays: 3651, hourDays: 5000 }, 400],
    [{ rawDays: 7 }, 400],
    [{ rawDays: 7, hourDays: 6 }, 409],
  ] as const)
    assert.equal((await house.ask('admin', 'PUT', '/retention', body)).status, status);
});
