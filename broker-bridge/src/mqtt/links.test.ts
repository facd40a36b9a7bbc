import assert from 'node:assert/strict';
import { type EventEmitter, once as onceOn } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import mqtt from 'mqtt';
import { type EmbeddedBroker, PACKET_LIMIT, startEmbeddedBroker } from '../embedded-broker.ts';
import { parseBroker } from './link.ts';
import { MqttLink } from './mqtt-link.ts';

// MQTT.js declares emitters of its own kind.
const once = (emitter: unknown, name: string) => onceOn(emitter as EventEmitter, name);
const PREFIX = 'perch/v1';
const brokers: EmbeddedBroker[] = [];
after(() => Promise.all(brokers.map((broker) => broker.close())));

async function broker(port = 0): Promise<EmbeddedBroker> {
  const started = await startEmbeddedBroker({ host: '127.0.0.1', port, prefix: PREFIX });
  brokers.push(started);
  return started;
}

function release(waiting: (() => void)[]): void {
  for (const go of waiting.splice(0)) go();
}

function listener(address: { url: string }, filter: string, id: string) {
  const got: [string, string][] = [];
  const waiting: (() => void)[] = [];
  const ups: (() => void)[] = [];
  const downs: (() => void)[] = [];
  const link = new MqttLink(
    { broker: address, clientId: id },
    {
      up: () => release(ups),
      down: () => release(downs),
      message(topic, payload) {
        got.push([topic, Buffer.from(payload).toString()]);
        release(waiting);
      },
    },
  );
  link.subscribe(filter);
  link.start();
  const up = () => (link.up ? Promise.resolve() : new Promise<void>((resolve) => ups.push(resolve)));
  const message = () => new Promise<void>((resolve) => waiting.push(resolve));
  const down = () => new Promise<void>((resolve) => downs.push(resolve));
  return { link, got, up, down, message };
}

test('agent and server reach each other through the embedded broker', async () => {
  const b = await broker();
  const server = listener(b.server, `${PREFIX}/+/req`, 'server');
  const agent = listener({ url: b.server.url }, `${PREFIX}/pi-1/res`, 'pi-1');
  await Promise.all([server.up(), agent.up()]);
  const arrived = server.message();
  agent.link.publish(`${PREFIX}/pi-1/req`, Buffer.from('hello'));
  await arrived;
  assert.deepEqual(server.got, [[`${PREFIX}/pi-1/req`, 'hello']]);
  const answered = agent.message();
  server.link.publish(`${PREFIX}/pi-1/res`, Buffer.from('hi'));
  await answered;
  assert.deepEqual(agent.got, [[`${PREFIX}/pi-1/res`, 'hi']]);
  await Promise.all([server.link.close(), agent.link.close()]);
});

test('a stranger can neither answer agents, nor listen to them, nor leave retained messages', async () => {
  const b = await broker();
  const open = async () => {
    const client = mqtt.connect(b.server.url, { protocolVersion: 4, reconnectPeriod: 0 });
    client.on('error', () => {});
    await once(client, 'connect');
    return client;
  };
  const agent = listener({ url: b.server.url }, `${PREFIX}/pi-1/res`, 'pi-1');
  await agent.up();
  const stranger = await open();
  for (const filter of ['#', `${PREFIX}/+/req`, `${PREFIX}/+/res`, '$SYS/#']) {
    const granted = await stranger.subscribeAsync(filter).catch(() => [{ qos: 128 }]);
    assert.equal(granted[0]?.qos, 128, filter);
  }
  const closed = once(stranger, 'close');
  stranger.publish(`${PREFIX}/pi-1/res`, 'forged');
  await closed;
  const second = await open();
  const closedToo = once(second, 'close');
  second.publish(`${PREFIX}/pi-1/req`, 'kept', { retain: true });
  await closedToo;
  assert.deepEqual(agent.got, []);
  await agent.link.close();
});

test('a packet that claims to be longer than the limit ends its connection before its bytes come', async () => {
  const b = await broker();
  const socket = connect(b.port, '127.0.0.1');
  await once(socket, 'connect');
  // PUBLISH with a remaining length of 268,435,455 (four length bytes), and nothing behind it.
  socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
  socket.resume();
  await once(socket, 'close');
  assert.ok(PACKET_LIMIT < 268_435_455);
});

test('a connection over the limit is closed, and those before it go on', async () => {
  const b = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, prefix: PREFIX, connections: 2 });
  brokers.push(b);
  const server = listener(b.server, `${PREFIX}/+/req`, 'server');
  const agent = listener({ url: b.server.url }, `${PREFIX}/pi-1/res`, 'pi-1');
  await Promise.all([server.up(), agent.up()]);
  const third = connect(b.port, '127.0.0.1');
  third.resume();
  await once(third, 'close');
  const arrived = server.message();
  agent.link.publish(`${PREFIX}/pi-1/req`, Buffer.from('still here'));
  await arrived;
  await Promise.all([server.link.close(), agent.link.close()]);
});

test('a link comes back by itself when the broker does', async () => {
  const first = await broker();
  const agent = listener({ url: first.server.url }, `${PREFIX}/pi-1/res`, 'pi-1');
  await agent.up();
  await Promise.all([agent.down(), first.close()]);
  brokers.splice(brokers.indexOf(first), 1);
  const second = await broker(first.port);
  await agent.up();
  const server = listener(second.server, `${PREFIX}/+/req`, 'server');
  await server.up();
  const arrived = agent.message();
  server.link.publish(`${PREFIX}/pi-1/res`, Buffer.from('again'));
  await arrived;
  assert.deepEqual(agent.got, [[`${PREFIX}/pi-1/res`, 'again']]);
  await Promise.all([server.link.close(), agent.link.close()]);
});

test('a broker URL is taken apart so that its password never shows', () => {
  assert.deepEqual(parseBroker('mqtts://pi:s%40fe@broker.example:8883'), {
    url: 'mqtts://broker.example:8883',
    username: 'pi',
    password: 's@fe',
  });
  assert.throws(() => parseBroker('http://broker'), /only mqtt:\/\/ and mqtts:\/\//);
  assert.throws(() => parseBroker('broker:1883'), /mqtt/);
  assert.throws(() => parseBroker('not a url'), /URL such as/);
});
