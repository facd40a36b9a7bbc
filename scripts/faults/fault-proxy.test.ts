import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { startEmbeddedBroker } from '@perch/broker-bridge/embedded-broker.ts';
import { MqttLink } from '@perch/broker-bridge/mqtt/mqtt-link.ts';
import { until } from '../e2e/processes.ts';
import { FaultProxy, type FaultProxyOptions } from './fault-proxy.ts';
import { MqttFrames, PACKET_LIMIT } from './mqtt-frames.ts';

const TIMEOUT = { timeout: 60_000 };
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A packet by its fixed header (MQTT 3.1.1 section 2.2). */
function packet(first: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}
const publish = (text: string): Buffer => packet(0x30, Buffer.from(`\0\x01t${text}`));
const PING = packet(0xc0, Buffer.alloc(0));

/** What stands for the broker: it keeps what it hears, and says what it is told to. */
async function listener(t: TestContext) {
  const sockets: Socket[] = [];
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (chunk) => heard.push(chunk)).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const packets = (): string[] =>
    new MqttFrames()
      .push(Buffer.concat(heard))
      .map(({ bytes, kind }) => (kind === 'publish' ? bytes.toString().slice(5) : kind));
  return {
    port: (server.address() as { port: number }).port,
    sockets,
    packets,
    bytes: () => heard.reduce((sum, { length }) => sum + length, 0),
  };
}

async function joined(t: TestContext, options: Omit<FaultProxyOptions, 'target'> = {}) {
  const broker = await listener(t);
  const proxy = await FaultProxy.open({ target: broker.port, ...options });
  t.after(() => proxy.close());
  const client = connect(proxy.port, '127.0.0.1');
  client.on('error', () => {});
  t.after(() => client.destroy());
  await until(() => broker.sockets.length === 1, 'the connection');
  const closed = new Promise((resolve) => client.once('close', resolve)); // a reset is an end too
  client.resume();
  return { broker, proxy, client, closed };
}

test('packets are found whatever chunks they come in', () => {
  const packets = [publish('a'), PING, publish('x'.repeat(200)), publish('y'.repeat(20_000)), PING];
  const stream = Buffer.concat(packets);
  for (const size of [1, 2, 3, 7, 100, stream.length]) {
    const frames = new MqttFrames();
    const found = [];
    for (let at = 0; at < stream.length; at += size)
      found.push(...frames.push(stream.subarray(at, at + size)));
    assert.deepEqual(
      found.map(({ bytes }) => bytes),
      packets,
    );
    assert.equal(frames.rest.length, 0);
  }
});

test('a packet that claims too much ends the connection before it is taken in', TIMEOUT, async (t) => {
  const most = packet(0x30, Buffer.alloc(PACKET_LIMIT));
  assert.equal(new MqttFrames().push(most).length, 1, 'the longest passes');
  assert.throws(() => new MqttFrames().push(packet(0x30, Buffer.alloc(PACKET_LIMIT + 1))), /more than/);
  assert.throws(() => new MqttFrames().push(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80])), /none/);
  const { client, closed, proxy, broker } = await joined(t);
  client.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
  await closed;
  assert.equal(proxy.counts.get('oversize up'), 1);
  assert.equal(broker.bytes(), 0);
});

test('without faults all bytes pass, both ways, and each end is told of the other', TIMEOUT, async (t) => {
  const { broker, client, closed, proxy } = await joined(t);
  const heard: Buffer[] = [];
  client.on('data', (chunk: Buffer) => heard.push(chunk));
  for (const index of range(200)) client.write(publish(`up ${index}`));
  for (const index of range(200)) broker.sockets[0]!.write(publish(`down ${index}`));
  broker.sockets[0]!.end();
  client.end(PING);
  await closed;
  await until(() => broker.packets().length === 201, 'all packets');
  assert.deepEqual(broker.packets(), [...range(200).map((index) => `up ${index}`), 'other']);
  assert.deepEqual(Buffer.concat(heard), Buffer.concat(range(200).map((index) => publish(`down ${index}`))));
  await until(() => proxy.connections === 0, 'the end');
});

test('publishes are repeated and swapped with the next; other packets never are', TIMEOUT, async (t) => {
  const { broker, client, proxy } = await joined(t, { faults: { up: { repeat: 0.3, reorder: 0.3 } } });
  const sent = range(100).map(String);
  for (const text of sent) client.write(Buffer.concat([publish(text), PING]));
  const repeated = () => proxy.counts.get('repeated up') ?? 0;
  await until(
    () => broker.packets().length === 200 + repeated() && (proxy.counts.get('packets up') ?? 0) === 200,
    'all',
  );
  const texts = broker.packets().filter((one) => one !== 'other');
  assert.equal(texts.length, 100 + repeated());
  assert.deepEqual(
    [...new Set(texts)].toSorted((a, b) => Number(a) - Number(b)),
    sent,
    'none is lost',
  );
  assert.ok(repeated() > 10 && (proxy.counts.get('reordered up') ?? 0) > 10);
  const swaps = [...new Set(texts)].filter((text, index) => Number(text) > index);
  assert.ok(swaps.length > 5, 'the order is another');
});

test('a publish that waits for a next one goes by itself when none comes', TIMEOUT, async (t) => {
  const { broker, client } = await joined(t, { faults: { up: { reorder: 1 } } });
  client.write(publish('alone'));
  await until(() => broker.packets().length === 1, 'it to arrive');
});

test('a cut ends the connection between two packets, a truncation inside one', TIMEOUT, async (t) => {
  const cut = await joined(t, { faults: { up: { cut: 0.2 } } });
  for (const index of range(100)) cut.client.write(publish(`${index}`));
  await cut.closed;
  const whole = Buffer.concat(range(100).map((index) => publish(`${index}`)));
  assert.ok(cut.proxy.counts.get('cut up')! >= 1);
  assert.ok(cut.broker.bytes() < whole.length);

  const short = await joined(t, { seed: 2, faults: { up: { truncate: 1 } } });
  const one = publish('a long enough text');
  short.client.write(one);
  await short.closed;
  await until(() => short.broker.bytes() > 0, 'the piece');
  assert.ok(short.broker.bytes() < one.length);
  assert.deepEqual(short.broker.packets(), [], 'no whole packet');
});

test('the same seed does the same to the same packets', TIMEOUT, async (t) => {
  const run = async (seed: number): Promise<string[]> => {
    const { broker, client, proxy } = await joined(t, { seed, faults: { up: { repeat: 0.4 } } });
    for (const index of range(60)) client.write(publish(`${index}`));
    await until(
      () =>
        broker.packets().length === 60 + (proxy.counts.get('repeated up') ?? 0) &&
        broker.packets().length > 60,
      'all',
    );
    await proxy.close();
    return broker.packets();
  };
  const first = await run(7);
  assert.deepEqual(await run(7), first);
  assert.notDeepEqual(await run(8), first);
});

test('a delayed packet comes later, in order, and many are on their way at a time', TIMEOUT, async (t) => {
  const { broker, client } = await joined(t, { faults: { up: { delay: { least: 300, most: 400 } } } });
  const start = performance.now();
  for (const index of range(50)) client.write(publish(`${index}`));
  await until(() => broker.packets().length === 50, 'all');
  const took = performance.now() - start;
  assert.deepEqual(broker.packets(), range(50).map(String));
  assert.ok(took >= 299, `${took} ms`);
  assert.ok(took < 50 * 300, 'not one after another');
});

test(
  'a throttled direction carries so many bytes a second, the other one as many as it can',
  TIMEOUT,
  async (t) => {
    const { broker, client, proxy } = await joined(t, { faults: { up: { throttle: 2048 } } });
    let down = 0;
    client.on('data', (chunk: Buffer) => (down += chunk.length));
    const start = performance.now();
    client.write(publish('x'.repeat(3000)));
    broker.sockets[0]!.write(publish('y'.repeat(100_000)));
    await until(() => down > 100_000, 'the other direction');
    assert.ok(broker.bytes() < 3000, 'not all at once');
    await until(() => broker.bytes() > 3000, 'all bytes');
    assert.ok(performance.now() - start >= 1300, '3 KB take about 1.5 s');
    proxy.calm();
  },
);

test('a black hole lets nothing through and tells nothing; when it is gone all comes', TIMEOUT, async (t) => {
  const { broker, client, proxy } = await joined(t);
  client.write(publish('before'));
  await until(() => broker.packets().length === 1, 'the first');
  proxy.setFaults({ up: { blackhole: true }, down: { blackhole: true } });
  client.write(publish('inside'));
  const late = connect(proxy.port, '127.0.0.1');
  t.after(() => late.destroy());
  await once(late, 'connect');
  late.write(publish('another connection'));
  broker.sockets[0]!.end(PING);
  await until(() => proxy.counts.get('packets up') === 3, 'the proxy to have them');
  assert.deepEqual(broker.packets(), ['before']);
  assert.equal(client.readableEnded, false, 'the end is not told either');
  proxy.calm();
  await until(() => broker.packets().length === 3, 'all');
  await until(() => client.readableEnded, 'the end');
});

test('what does not get on is left with the sender, not in memory', TIMEOUT, async (t) => {
  const { client, proxy } = await joined(t, { faults: { up: { blackhole: true } } });
  const chunk = publish('z'.repeat(10_000));
  while (client.writableLength < 16 * 1024 * 1024) client.write(chunk);
  await until(() => (proxy.counts.get('packets up') ?? 0) > 0, 'the first packets');
  let before = -1;
  await until(() => {
    const now = proxy.counts.get('packets up')!;
    const still = now === before;
    before = now;
    return still;
  }, 'the proxy to stop reading');
  assert.ok(before * chunk.length < 2 * 1024 * 1024, `${before} packets`);
  assert.ok(client.writableLength > 1024 * 1024, 'the sender still has the rest');
});

test(
  'all connections can be cut, new ones refused, and the proxy closed while packets wait',
  TIMEOUT,
  async (t) => {
    const { client, closed, proxy } = await joined(t, {
      faults: { up: { delay: { least: 60_000, most: 60_000 } } },
    });
    client.write(publish('never arrives'));
    await until(() => proxy.counts.get('packets up') === 1, 'the packet');
    proxy.refusing = true;
    proxy.cut();
    await closed;
    const refused = connect(proxy.port, '127.0.0.1').on('error', () => {});
    await new Promise((resolve) => refused.resume().once('close', resolve));
    assert.equal(proxy.counts.get('refused'), 1);
    await proxy.close();
    await proxy.close(); // again, to no effect
    assert.equal(proxy.connections, 0);
  },
);

test('bytes that are no MQTT pass as they are where the proxy is told so', TIMEOUT, async (t) => {
  const { broker, client } = await joined(t, { packets: false, faults: { up: { repeat: 1, reorder: 1 } } });
  client.write(Buffer.alloc(100, 0xff));
  await until(() => broker.bytes() === 100, 'the bytes');
});

test('real MQTT clients get on through it, and come back after cuts', TIMEOUT, async (t) => {
  const broker = await startEmbeddedBroker({ host: '127.0.0.1', port: 0, prefix: 'perch/v1' });
  t.after(() => broker.close());
  const proxy = await FaultProxy.open({
    target: broker.port,
    faults: { up: { repeat: 0.2, delay: { least: 1, most: 20 } }, down: { delay: { least: 1, most: 20 } } },
  });
  t.after(() => proxy.close());
  const heard: string[] = [];
  const server = new MqttLink(
    { broker: broker.server, clientId: 'server' },
    { up() {}, down() {}, message: (_, payload) => heard.push(Buffer.from(payload).toString()) },
  );
  server.subscribe('perch/v1/+/req');
  const downs: string[] = [];
  const board = new MqttLink(
    { broker: { url: `mqtt://127.0.0.1:${proxy.port}` }, clientId: 'pi-1' },
    { up() {}, down: (reason) => downs.push(reason), message() {} },
  );
  board.subscribe('perch/v1/pi-1/res');
  for (const link of [server, board]) {
    t.after(() => link.close());
    link.start();
  }
  await until(() => server.up && board.up, 'both links');
  for (const index of range(50)) board.publish('perch/v1/pi-1/req', Buffer.from(`${index}`));
  await until(() => new Set(heard).size === 50, 'all messages');
  assert.ok((proxy.counts.get('repeated up') ?? 0) > 0);
  assert.equal(heard.length, 50 + proxy.counts.get('repeated up')!);
  proxy.cut();
  await until(() => downs.length === 1, 'the link to break');
  await until(() => board.up, 'the link to come back');
  assert.equal(proxy.counts.get('connections'), 2);
});
