import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { RecordRow } from '../store/contract.ts';
import { recordOf } from '../store/sample-rows.ts';
import { influxTarget } from './influx-target.ts';
import { INFLUX_BATCH, INFLUX_QUEUE_LIMIT, InfluxWriter } from './influx-writer.ts';
import type { Setting } from './settings.ts';
import { type ParsedPoint, parseLines } from './testing/line-parser.ts';

interface Asked {
  url: string;
  headers: IncomingHttpHeaders;
  points: ParsedPoint[];
}

/** Something that answers as InfluxDB does, in the order of `answers`, and then with 204. */
async function influx(t: TestContext, answers: (number | 'hang' | 'close')[] = []) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const points = parseLines(gunzipSync(Buffer.concat(parts)).toString());
      asked.push({ url: request.url!, headers: request.headers, points });
      const answer = answers.shift() ?? 204;
      if (answer === 'close') request.socket.destroy();
      else if (answer !== 'hang')
        response.writeHead(answer).end(answer >= 400 ? '{"error":"because"}\n' : '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function writer(t: TestContext, setting: Omit<Setting<'influxdb'>, 'on'>) {
  const told: string[] = [];
  const one = new InfluxWriter({
    target: influxTarget({ on: true, ...setting }),
    ...{ now: Date.now, retryMs: { least: 5, most: 20 }, lingerMs: 5 },
    warn: (text) => void told.push(text),
  });
  t.after(() => one.close());
  return { told, one };
}

const record = (number: number, more: Partial<RecordRow> = {}): RecordRow =>
  recordOf({
    ...{ alias: 'pi-1', number, timestamp: 1_700_000_000_000 + number, values: { 'air.t': number } },
    ...more,
  });
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

test('records go to InfluxDB 2 together, with the token in a header and nowhere else', async (t) => {
  const { asked, url } = await influx(t);
  const { one } = writer(t, { url: `${url}/`, org: 'my home', bucket: 'perch', token: 'secret' });
  one.add([record(1), record(2)]);
  one.add([record(3), record(4, { values: {}, errors: { 'air.t': 'crc' } })]);
  await until(() => one.state.written === 3);
  assert.equal(asked.length, 1);
  assert.equal(asked[0]?.url, '/api/v2/write?org=my+home&bucket=perch&precision=ms');
  assert.equal(asked[0]?.headers.authorization, 'Token secret');
  assert.equal(asked[0]?.headers['content-encoding'], 'gzip');
  assert.deepEqual(asked[0]?.points[2], {
    ...{ measurement: 'perch', tags: { alias: 'pi-1' }, fields: { 'air.t': 3 }, time: 1_700_000_000_003 },
  });
});

test('of InfluxDB 1 the database is asked, with user and password in a header', async (t) => {
  const { asked, url } = await influx(t);
  const { one } = writer(t, { url, database: 'perch', username: 'me', password: 'pw' });
  one.add([record(1)]);
  await until(() => asked.length === 1);
  assert.equal(asked[0]?.url, '/write?db=perch&precision=ms');
  assert.equal(asked[0]?.headers.authorization, `Basic ${Buffer.from('me:pw').toString('base64')}`);
});

test('what fails on the way is sent again until it is taken, each point once in order', async (t) => {
  const { asked, url } = await influx(t, [503, 'close', 429, 500]);
  const { one, told } = writer(t, { url, database: 'perch' });
  one.add([record(1)]);
  await until(() => asked.length >= 2);
  one.add([record(2)]);
  await until(() => one.state.written === 2);
  assert.deepEqual(
    asked.at(-1)?.points.map(({ time }) => time % 10),
    [1, 2],
  );
  assert.equal(one.state.waiting, 0);
  assert.equal(one.state.trouble, undefined);
  assert.match(told[0]!, /status 503: \{"error":"because"\}$/);
  assert.equal(told.at(-1), 'InfluxDB takes points again');
});

test('what InfluxDB does not want is not sent again, and is told once', async (t) => {
  const { asked, url } = await influx(t, [400, 400, 401]);
  const { one, told } = writer(t, { url, database: 'perch' });
  for (let n = 1; n <= 4; n++) {
    one.add([record(n)]);
    await until(() => one.state.waiting === 0);
  }
  assert.equal(asked.length, 4);
  assert.deepEqual([one.state.refused, one.state.written], [3, 1]);
  assert.deepEqual(
    told.map((text) => /status \d+|again/.exec(text)?.[0]),
    ['status 400', 'status 401', 'again'],
  );
});

test('a request that is too long is cut in halves', async (t) => {
  const { asked, url } = await influx(t, [413, 413]);
  const { one } = writer(t, { url, database: 'perch' });
  one.add(Array.from({ length: 8 }, (_, n) => record(n)));
  await until(() => one.state.waiting === 0);
  assert.deepEqual(
    asked.map(({ points }) => points.length),
    [8, 4, 2, 2, 2, 2],
  );
  assert.equal(one.state.written, 8);
});

test('many records go in batches of bounded size', async (t) => {
  const { asked, url } = await influx(t);
  const { one } = writer(t, { url, database: 'perch' });
  one.add(Array.from({ length: INFLUX_BATCH + 1 }, (_, n) => record(n)));
  await until(() => one.state.waiting === 0);
  assert.deepEqual(
    asked.map(({ points }) => points.length),
    [INFLUX_BATCH, 1],
  );
});

test('while InfluxDB is away the queue does not grow without end: the oldest are given up, and that is told', async (t) => {
  const { one, told } = writer(t, { url: 'http://127.0.0.1:1', database: 'perch' });
  const long = { 'air.note': 'x'.repeat(60_000) };
  const many = Math.ceil(INFLUX_QUEUE_LIMIT / 60_000) + 20;
  for (let n = 0; n < many; n++) one.add([record(n, { values: long })]);
  assert.ok(one.state.dropped >= 20);
  assert.ok(one.state.waiting * 60_000 <= INFLUX_QUEUE_LIMIT);
  await until(() => told.length >= 2);
  assert.deepEqual(told.sort(), [
    'InfluxDB does not take points: nobody listens there',
    'InfluxDB: too many points wait, so the oldest are given up',
  ]);
});

test('a record of a board that did not know the time has no place, and is counted', async (t) => {
  const { one } = writer(t, { url: 'http://127.0.0.1:1', database: 'perch' });
  one.add([record(1, { synchronised: false })]);
  assert.deepEqual([one.state.untimed, one.state.waiting], [1, 0]);
});

test('what waits when the server ends is sent, unless that takes long', async (t) => {
  const good = await influx(t);
  const { one } = writer(t, { url: good.url, database: 'perch' });
  one.add([record(1)]);
  await one.close();
  assert.equal(good.asked.length, 1);
  const bad = await influx(t, ['hang']);
  const other = writer(t, { url: bad.url, database: 'perch' });
  other.one.add([record(1)]);
  await other.one.close();
  assert.equal(other.one.state.written, 0);
});
