import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedBroker, type EmbeddedBrokerOptions, startEmbeddedBroker } from './embedded-broker.ts';
import { MqttLink } from './mqtt/mqtt-link.ts';
import { REQUEST_LIMIT } from './protocol/limits.ts';
import { connectPacket, publishPacket } from './testing/raw-mqtt.ts';

const PREFIX = 'perch/v1';

async function broker(t: TestContext, more: Partial<EmbeddedBrokerOptions> = {}): Promise<EmbeddedBroker> {
  const started = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, prefix: PREFIX, ...more });
  t.after(() => started.close());
  return started;
}

/** The server's own link; `seen` counts messages by alias. */
async function serverLink(t: TestContext, { server }: EmbeddedBroker) {
  const seen = new Map<string, number>();
  const link = await new Promise<MqttLink>((resolve) => {
    const made = new MqttLink(
      { broker: server, clientId: 'server' },
      {
        up: () => resolve(made),
        down: () => {},
        message(topic) {
          const alias = topic.split('/')[2]!;
          seen.set(alias, (seen.get(alias) ?? 0) + 1);
        },
      },
    );
    made.subscribe(`${PREFIX}/+/req`);
    made.start();
  });
  t.after(() => link.close());
  return { link, seen };
}

/** A raw connection that said CONNECT, since no well-behaved client does what strangers do. */
async function stranger(t: TestContext, b: EmbeddedBroker, id: string, clean = true): Promise<Socket> {
  const socket = connect(b.port, '127.0.0.1');
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(connectPacket(id, clean));
  await once(socket, 'data'); // CONNACK
  socket.resume();
  return socket;
}

test('a flood of small packets to a topic that nobody reads costs nobody the broker', async (t) => {
  const b = await broker(t); // the server's link is not there, as when it starts or ends
  const flood = await stranger(t, b, 'flood');
  const small = publishPacket(`${PREFIX}/x/req`, 1);
  flood.write(Buffer.concat(Array.from({ length: 50_000 }, () => small)));
  await new Promise<void>((resolve) => flood.end(resolve));
  const { seen } = await serverLink(t, b);
  const board = await stranger(t, b, 'board');
  board.write(publishPacket(`${PREFIX}/pi-1/req`, 100));
  for (let i = 0; i < 100 && !seen.has('pi-1'); i++) await sleep(50);
  assert.equal(seen.get('pi-1'), 1);
});

test('nothing is kept for a client that is gone, and what is held until it is released is refused', async (t) => {
  const b = await broker(t);
  const first = await stranger(t, b, 'gone', false);
  const closed = once(first, 'close');
  first.write(publishPacket(`${PREFIX}/pi-1/req`, 100, 2));
  await closed;
  const again = connect(b.port, '127.0.0.1');
  t.after(() => again.destroy());
  again.write(connectPacket('gone', false));
  const [connack] = (await once(again, 'data')) as [Buffer];
  assert.deepEqual([...connack], [0x20, 2, 0, 0], 'session present is 0 (section 3.2.2.2)');
});

test('a board cannot send more than a request may hold', async (t) => {
  const b = await broker(t);
  const socket = await stranger(t, b, 'pi-1');
  const closed = once(socket, 'close');
  socket.write(publishPacket(`${PREFIX}/pi-1/req`, REQUEST_LIMIT + 1));
  await closed;
});

test('one address cannot take every connection', async (t) => {
  const b = await broker(t, { perAddress: 2 });
  const first = await stranger(t, b, 'a');
  await stranger(t, b, 'b');
  const third = connect(b.port, '127.0.0.1');
  third.resume();
  await once(third, 'close');
  const left = once(first, 'close');
  first.destroy();
  await left;
  await sleep(50);
  await stranger(t, b, 'c');
});
