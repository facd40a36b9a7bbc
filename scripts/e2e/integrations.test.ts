import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { influxTarget } from '../../server/src/integrations/influx-target.ts';
import { InfluxWriter } from '../../server/src/integrations/influx-writer.ts';
import { metricText } from '../../server/src/integrations/prometheus-text.ts';
import {
  announcementFaults,
  DISCOVERY_TOPIC,
} from '../../server/src/integrations/testing/homeassistant-schema.ts';
import { parseMetrics } from '../../server/src/integrations/testing/prometheus-parser.ts';
import { recordOf } from '../../server/src/store/sample-rows.ts';
import { Receiver } from '../../server/src/webhooks/testing/receiver.ts';
import { findProgram, lacking } from '../test/programs.ts';
import { embeddedBroker } from './house.ts';
import { Influxd } from './influxd.ts';
import { mosquitto } from './mosquitto.ts';
import { until } from './processes.ts';
import { Listener } from './retained.ts';
import { ToldHouse } from './told-house.ts';

const CONFIG = { period: '1s', sensors: [{ id: 'sys', driver: 'sysfs', proc: ['load', 'memory'] }] };
const ON = { on: true };

async function house(t: TestContext, broker: Awaited<ReturnType<typeof mosquitto>>): Promise<ToldHouse> {
  const one = new ToldHouse(broker);
  t.after(() => one.close());
  await broker.start();
  await one.start();
  return one;
}

function promtool(text: string): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(findProgram('promtool')!, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

test('a board of a real house shows up in Home Assistant, on plain topics and in Prometheus, and leaves them all', {
  skip: lacking('mosquitto', 'promtool'),
  timeout: 240_000,
}, async (t) => {
  const broker = await mosquitto();
  const h = await house(t, broker);
  const { token } = await h.run('tokenAdd', { name: 'admin', scope: 'admin' });
  const agent = await h.board('pi.1', CONFIG);
  for (const name of ['homeassistant', 'mirror', 'prometheus'])
    assert.equal((await h.ask(token, 'PUT', `/api/v1/integrations/${name}`, ON)).status, 200, name);

  const config = 'homeassistant/device/perch_pi_2E1/config';
  const listener = await Listener.at(
    broker.url(broker.port),
    'homeassistant/#',
    'perch/mirror/#',
    'perch/homeassistant/#',
  );
  t.after(() => listener.close());
  await until(
    () => listener.last.has(config),
    'the discovery',
    20_000,
    () => h.server.output,
  );
  const announced = listener.json<{ cmps: Record<string, Record<string, unknown>> }>(config)!;
  assert.match(config, DISCOVERY_TOPIC);
  assert.deepEqual(announcementFaults(announced), []);
  assert.deepEqual(
    [
      announced.cmps['sensor sys.memTotal']?.device_class,
      announced.cmps['sensor sys.memTotal']?.unit_of_measurement,
    ],
    ['data_size', 'B'],
  );

  await until(() => listener.last.has('perch/homeassistant/pi.1'), 'values');
  const state = listener.json<{ values: Record<string, number> }>('perch/homeassistant/pi.1')!;
  assert.equal(typeof state.values['sys.load1'], 'number');
  await until(() => listener.last.has('perch/mirror/pi.1/sys.load1'), 'the mirror');
  assert.ok(Number(listener.last.get('perch/mirror/pi.1/sys.memTotal')) > 1e6);
  for (const prefix of ['perch/mirror', 'perch/homeassistant']) {
    assert.equal(listener.last.get(`${prefix}/$server/online`), 'true');
    assert.equal(listener.last.get(`${prefix}/pi.1/online`), 'true');
  }

  // Home Assistant starts: it must hear everything again.
  const before = listener.all.filter(({ topic }) => topic === config).length;
  await listener.client.publishAsync('homeassistant/status', 'online');
  await until(
    () => listener.all.filter(({ topic }) => topic === config).length > before,
    'the discovery again',
  );

  const metrics = await (await h.ask(token, 'GET', '/metrics')).text();
  assert.deepEqual(promtool(metrics), { code: 0, output: '' });
  const values = parseMetrics(metrics).get('perch_value')!.samples;
  assert.ok(values.some(({ labels }) => labels.alias === 'pi.1' && labels.item === 'sys.memTotal'));
  assert.equal((await fetch(`${h.url}/metrics`)).status, 401);

  // The board goes away in good order, which its will does not tell: the broker tells of a broken link.
  agent.killAll();
  await until(
    () => listener.last.get('perch/homeassistant/pi.1/online') === 'false',
    'the board to be away',
    30_000,
  );
  assert.equal(listener.last.get('perch/mirror/pi.1/online'), 'false');

  await h.run('revoke', { alias: 'pi.1' });
  await until(() => !listener.last.has(config), 'the device to be removed');
  const left = (): string[] => [...listener.last.keys()].filter((topic) => topic.includes('pi.1'));
  await until(
    () => left().length === 0,
    'all topics of the board to go',
    20_000,
    () => left().join('\n'),
  );

  assert.equal((await h.ask(token, 'PUT', '/api/v1/integrations/mirror', { on: false })).status, 200);
  await until(() => !listener.last.has('perch/mirror/$server/online'), 'the mirror to go');
  await h.server.end('SIGKILL');
  await until(
    () => listener.last.get('perch/homeassistant/$server/online') === 'false',
    'the will of the server',
  );
});

test('Prometheus reads whatever is in labels', { skip: lacking('promtool') }, () => {
  const labels = { alias: 'pi-1', item: 'a "b" \\ c\n\t\u0000 größe ☃', unit: '' };
  const text = metricText({
    ...{ name: 'perch_value', help: 'one \\ two\nthree', type: 'gauge' },
    samples: [21.5, -0, 1e300, 5e-324, Number.NaN, Infinity, -Infinity].map((value, n) => [
      value,
      { ...labels, n: String(n) },
    ]),
  });
  assert.deepEqual(promtool(text), { code: 0, output: '' });
});

test('what is mirrored is whole again after the broker was away', {
  skip: lacking('mosquitto'),
  timeout: 180_000,
}, async (t) => {
  // The server's own broker is inside it, so that only the one of the mirror goes.
  const broker = await mosquitto();
  t.after(() => broker.stop());
  await broker.start();
  const h = await house(t, await embeddedBroker());
  await h.board('pi-1', CONFIG);
  await assert.rejects(h.run('integrationSet', { name: 'mirror', setting: ON }), /name a broker/);
  await h.run('integrationSet', {
    name: 'mirror',
    setting: { ...ON, broker: broker.url(broker.port), prefix: 'values' },
  });
  const listener = await Listener.at(broker.url(broker.port), 'values/#');
  t.after(() => listener.close());
  await until(() => listener.last.has('values/pi-1/sys.load1'), 'a value');
  await broker.stop('SIGKILL');
  await h.server.says('mirror: not connected to the broker');
  listener.last.clear();
  await broker.start();
  // It keeps nothing on disk, so all of it must come again.
  await until(
    () =>
      ['values/$server/online', 'values/pi-1/online', 'values/pi-1', 'values/pi-1/sys.load1'].every((topic) =>
        listener.last.has(topic),
      ),
    'everything again',
    60_000,
    () => h.server.output,
  );
});

test("the server's own broker is used with its TLS and password, and a wrong password is told without it", {
  skip: lacking('mosquitto', 'openssl'),
  timeout: 180_000,
}, async (t) => {
  const broker = await mosquitto({ secure: true });
  const h = await house(t, broker);
  await h.run('integrationSet', { name: 'mirror', setting: ON });
  await h.server.says(`mirror: connected to the broker mqtts://localhost:${broker.port}`);
  const ca = readFileSync(broker.serve[broker.serve.indexOf('--ca') + 1]!, 'utf8');
  const wrong = {
    ...ON,
    broker: `mqtts://localhost:${broker.port}`,
    username: 'perch',
    password: 'no-such-secret',
    ca,
  };
  await h.run('integrationSet', { name: 'mirror', setting: wrong });
  await h.server.says(/mirror: not connected to the broker \S+ Connection refused: Not authorized/);
  assert.ok(!h.server.output.includes('no-such-secret'));
});

test('records of a real house are in a real InfluxDB, also those of the time when it was away', {
  skip: lacking('influxd'),
  timeout: 240_000,
}, async (t) => {
  const influxd = new Influxd();
  t.after(() => influxd.close());
  await influxd.start();
  await influxd.prepare();
  const h = await house(t, await embeddedBroker());
  await h.board('pi-1', CONFIG);
  const setting = {
    ...ON,
    url: influxd.url,
    database: 'perch',
    username: 'perch',
    password: 'influx-secret',
  };
  const since = Date.now();
  await h.run('integrationSet', { name: 'influxdb', setting });
  const count = async (): Promise<number> =>
    Number((await influxd.query('SELECT count("sys.load1") AS n FROM perch'))[0]?.n ?? 0);
  await until(
    async () => (await count()) >= 3,
    'three points',
    60_000,
    () => h.server.output,
  );
  await influxd.stop();
  await h.server.says('InfluxDB does not take points');
  const { token } = await h.run('tokenAdd', { name: 'page', scope: 'read' });
  const { integrations } = (await (await h.ask(token, 'GET', '/api/v1/integrations')).json()) as {
    integrations: { name: string; state?: { trouble?: string } }[];
  };
  const { state } = integrations.find(({ name }) => name === 'influxdb')!;
  assert.match(state?.trouble ?? '', /nobody listens there|the connection broke/);
  const away = Date.now();
  await until(
    async () =>
      (await h.run('records', { alias: 'pi-1' })).records.filter((one) => one.timestamp > away).length >= 3,
    'three records meanwhile',
  );
  await influxd.start();
  await h.server.says('InfluxDB takes points again');
  const { records } = await h.run('records', { alias: 'pi-1', limit: 1_000 });
  const rows = await influxd.query('SELECT * FROM perch');
  assert.ok(rows.length >= 6);
  assert.ok(rows.every(({ alias }) => alias === 'pi-1'));
  for (const row of rows) {
    const record = records.find(({ timestamp }) => timestamp === row.time);
    assert.equal(row['sys.load1'], record?.values['sys.load1'], `the record of ${row.time}`);
  }
  // Only what came after it was switched on, and none of that is missing.
  const times = new Set(rows.map(({ time }) => time));
  const newest = Math.max(...(times as Set<number>));
  const due = records.filter(({ received, timestamp }) => received > since + 1_000 && timestamp <= newest);
  assert.deepEqual(
    due.filter(({ timestamp }) => !times.has(timestamp)),
    [],
  );
  assert.ok(!h.server.output.includes('influx-secret'));
});

test('InfluxDB reads names and texts as they were written', {
  skip: lacking('influxd'),
  timeout: 60_000,
}, async (t) => {
  const influxd = new Influxd();
  t.after(() => influxd.close());
  await influxd.start();
  await influxd.prepare();
  const setting = {
    ...ON,
    url: influxd.url,
    database: 'perch',
    username: 'perch',
    password: 'influx-secret',
  };
  const told: string[] = [];
  const writer = new InfluxWriter({
    target: influxTarget(setting),
    now: Date.now,
    warn: (text) => void told.push(text),
  });
  const values = {
    ...{
      'plain.number': 21.5,
      'small.number': -1.5e-9,
      'large.number': 1e21,
      'a b,c=d "e"': 1,
      'größe.µ': 2,
    },
    ...{
      'text.quoted': 'say "hi" \\ \\\\',
      'text.lines': 'one\ntwo',
      'text.empty': '',
      'text.end': 'ends with \\',
    },
    ...{ 'bool.yes': true, 'bool.no': false },
  };
  const timestamp = Date.now();
  writer.add([recordOf({ alias: 'pi-1', timestamp, values })]);
  await writer.close();
  assert.deepEqual(told, []);
  const [{ time, alias, ...fields } = {}] = await influxd.query('SELECT * FROM perch');
  assert.deepEqual([time, alias], [timestamp, 'pi-1']);
  assert.deepEqual(fields, values);
});

test('what a webhook is to be told survives that the server is killed', { timeout: 180_000 }, async (t) => {
  const receiver = new Receiver();
  await receiver.start();
  t.after(() => receiver.stop());
  const h = await house(t, await embeddedBroker());
  const { id, secret } = await h.run('webhookAdd', { name: 'mine', url: receiver.url, kinds: ['access'] });
  receiver.secret = secret;
  // It hangs with the first message, and the others wait behind it.
  receiver.answers.push('hang');
  for (const name of ['one', 'two', 'three']) await h.run('tokenAdd', { name, scope: 'read' });
  await until(() => receiver.heard.length === 1, 'the first message');
  const { deliveries } = await h.run('webhookDeliveries', { id });
  assert.deepEqual(
    deliveries.map(({ state }) => state),
    ['waiting', 'waiting', 'waiting'],
  );
  await h.server.end('SIGKILL');
  await h.start();
  await until(
    () => receiver.heard.length === 4,
    'the messages',
    30_000,
    () => h.server.output,
  );
  const [first, ...others] = receiver.heard.map((one) => one.id);
  assert.equal(others[0], first, 'the first comes again under its name');
  assert.deepEqual(new Set(others), new Set(deliveries.map(({ message }) => message)));
  assert.ok(receiver.heard.every(({ good, type }) => good && type === 'access.token'));
});
