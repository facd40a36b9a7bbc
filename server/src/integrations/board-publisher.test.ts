import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { Feed } from '../feed.ts';
import type { LatestItem } from '../series/latest.ts';
import type { Device } from '../store/contract.ts';
import { keyOf, recordOf } from '../store/sample-rows.ts';
import { mirrorMessages } from './board-messages.ts';
import { BoardPublisher } from './board-publisher.ts';

/** A broker that keeps retained messages, a fleet that a test changes by hand, and what somebody at the broker hears. */
async function scene(t: TestContext) {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    broker.handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`;
  const devices = new Map<string, Device['status']>();
  const items = new Map<string, LatestItem[]>();
  const online = new Set<string>();
  const feed = new Feed((error) => {
    throw error;
  });
  const log: string[] = [];
  const faults: Error[] = [];
  const rows = (): Device[] =>
    [...devices].map(([alias, status]) => ({
      ...{ alias, status, key: keyOf(1), platform: 'linux-arm64', version: '0.1.0', configVersion: 1 },
      ...{ firstSeen: 0, lastSeen: 0 },
    }));
  const start = (broker = url): BoardPublisher =>
    new BoardPublisher({
      store: {
        devices: async () => rows(),
        devicesOf: async (alias) => {
          const fault = faults.shift();
          if (fault !== undefined) throw fault;
          return rows().filter((row) => row.alias === alias);
        },
      },
      latest: {
        board: async (alias) => ({ items: items.get(alias) ?? [], at: items.get(alias)?.[0]?.at ?? null }),
      },
      online: (alias) => online.has(alias),
      face: {
        ...{ name: 'test', server: 'v/$server/online', wake: { topic: 'ha/status', word: 'online' } },
        messages: (board) => mirrorMessages('v', board),
      },
      ...{ feed, broker: { url: broker }, sweepMs: 20, restMs: 20, log: (_, text) => void log.push(text) },
    });
  const heard = mqtt.connect(url, { protocolVersion: 4 });
  const last = new Map<string, string>();
  const all: string[] = [];
  heard.on('message', (topic, payload) => {
    all.push(topic);
    if (payload.length === 0) last.delete(topic);
    else last.set(topic, payload.toString());
  });
  await heard.subscribeAsync(['v/#'], { qos: 1 });
  const publishers: BoardPublisher[] = [];
  t.after(async () => {
    for (const publisher of publishers) await publisher.close();
    await heard.endAsync(true);
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    ...{ url, sockets, devices, items, online, feed, log, faults, last, all, heard },
    start: (url?: string): BoardPublisher => {
      const publisher = start(url);
      publishers.push(publisher);
      return publisher;
    },
    board(alias: string, values: Record<string, number | string>, at = 1_000): void {
      devices.set(alias, 'approved');
      items.set(
        alias,
        Object.entries(values).map(([name, value]) => ({ ...{ name, value, at, per: 1_000 } })),
      );
      online.add(alias);
      feed.tell('records', [recordOf({ alias })]);
    },
  };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 8_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('the newest state of each board is at the broker, and what is no more is taken away', async (t) => {
  const s = await scene(t);
  s.board('pi-1', { 'a.x': 1, 'a.y': 2 });
  s.start();
  await until(() => s.last.get('v/pi-1/a.y') === '2', 'the first values');
  assert.equal(s.last.get('v/$server/online'), 'true');
  assert.equal(s.last.get('v/pi-1/online'), 'true');
  s.board('pi-1', { 'a.x': 3 }, 2_000);
  await until(() => s.last.get('v/pi-1/a.x') === '3' && !s.last.has('v/pi-1/a.y'), 'the change');
  s.online.delete('pi-1');
  await until(() => s.last.get('v/pi-1/online') === 'false', 'the silence, that nobody tells of');
  s.devices.set('pi-1', 'revoked');
  s.feed.tell('devices', ['pi-1']);
  await until(() => ![...s.last.keys()].some((topic) => topic.includes('pi-1')), 'all to go');
});

test('a board that changes faster than the broker takes messages is told by what is newest', async (t) => {
  const s = await scene(t);
  const ends: Socket[] = [];
  const wire = createServer((near) => {
    const far = connect(Number(new URL(s.url).port), '127.0.0.1');
    near.pipe(far).pipe(near);
    ends.push(near, far);
  });
  wire.listen(0, '127.0.0.1');
  await once(wire, 'listening');
  t.after(() => {
    for (const end of ends) end.destroy();
    wire.close();
  });
  s.start(`mqtt://127.0.0.1:${(wire.address() as { port: number }).port}`);
  await until(() => s.last.has('v/$server/online'), 'the connection');
  const long = 'x'.repeat(100_000);
  // Nobody reads: what does not fit on the way must wait here, as the newest state.
  const [near, far] = ends as [Socket, Socket];
  near.unpipe(far).pause();
  const rounds = 400;
  for (let n = 1; n <= rounds; n++) {
    s.board('pi-1', { 'a.x': n, 'a.long': `${n}${long}` }, n);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  near.pipe(far);
  await until(() => s.last.get('v/pi-1/a.x') === String(rounds), 'the newest');
  const told = s.all.filter((topic) => topic === 'v/pi-1/a.x').length;
  assert.ok(told < rounds / 2, `${told} of ${rounds}`);
});

test('a board that was shut out while the server was down is taken away at its next start', async (t) => {
  const s = await scene(t);
  s.board('pi-1', { 'a.x': 1 });
  const first = s.start();
  await until(() => s.last.has('v/pi-1/a.x'), 'a value');
  await first.close();
  await until(() => s.last.get('v/$server/online') === 'false', 'the goodbye');
  assert.equal(s.last.get('v/pi-1/a.x'), '1', 'what was told stays');
  s.devices.set('pi-1', 'revoked');
  s.start();
  await until(() => !s.last.has('v/pi-1/a.x') && !s.last.has('v/pi-1'), 'it to go');
});

test('an integration that is switched off takes back all that it told', async (t) => {
  const s = await scene(t);
  for (const alias of ['pi-1', 'pi-2']) s.board(alias, { 'a.x': 1 });
  const publisher = s.start();
  await until(() => s.last.has('v/pi-2/a.x'), 'the values');
  await publisher.close({ takeBack: true });
  await until(() => s.last.size === 0, 'all to go');
});

test('who comes to the broker and says so hears everything again', async (t) => {
  const s = await scene(t);
  s.board('pi-1', { 'a.x': 1 });
  s.start();
  await until(() => s.last.has('v/pi-1/a.x'), 'a value');
  const before = s.all.filter((topic) => topic === 'v/pi-1/a.x').length;
  await s.heard.publishAsync('ha/status', 'offline');
  await s.heard.publishAsync('ha/status', 'online');
  await until(() => s.all.filter((topic) => topic === 'v/pi-1/a.x').length === before + 1, 'it again');
});

test('a board that waits to be let in is not told of', async (t) => {
  const s = await scene(t);
  s.start();
  await until(() => s.last.has('v/$server/online'), 'the connection');
  s.board('pi-1', { 'a.x': 1 });
  s.devices.set('pi-2', 'pending');
  s.feed.tell('devices', ['pi-2']);
  s.board('pi-1', { 'a.x': 2 }, 2_000);
  await until(() => s.last.get('v/pi-1/a.x') === '2', 'the one that is in');
  assert.ok(!s.all.some((topic) => topic.includes('pi-2')));
});

test('a connection that breaks in the middle is made again, and then everything is told', async (t) => {
  const s = await scene(t);
  const publisher = s.start();
  for (let n = 0; n < 20; n++) s.board(`pi-${n}`, { 'a.x': 1 });
  await until(() => s.last.has('v/pi-0/a.x'), 'the first');
  for (const socket of s.sockets) socket.destroy();
  await until(() => publisher.trouble !== undefined, 'the trouble');
  for (let n = 0; n < 20; n++) s.board(`pi-${n}`, { 'a.x': 2 }, 2_000);
  await until(() => [...Array(20).keys()].every((n) => s.last.get(`v/pi-${n}/a.x`) === '2'), 'all of it');
  assert.equal(publisher.trouble, undefined);
});

test('a store that fails is told, and what was to be told is told later', async (t) => {
  const s = await scene(t);
  s.start();
  await until(() => s.last.has('v/$server/online'), 'the connection');
  s.faults.push(new Error('the disk is full'));
  s.board('pi-1', { 'a.x': 1 });
  await until(() => s.last.has('v/pi-1/a.x'), 'the value');
  assert.equal(s.log.at(-1), 'the disk is full');
});

test('a broker that is not there is told once, without a password', async (t) => {
  const s = await scene(t);
  const publisher = s.start('mqtt://127.0.0.1:1');
  await until(() => publisher.trouble === 'nobody listens there', 'the trouble');
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.deepEqual(s.log, ['not connected to the broker mqtt://127.0.0.1:1: nobody listens there']);
});
