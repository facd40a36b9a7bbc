import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LinkEvents } from '@perch/broker-bridge/mqtt/link.ts';
import { VirtualHouse } from './testing/virtual-house.ts';
import { IN_FLIGHT_LIMIT, type LinkWeather, VirtualBroker, type VirtualLink } from './virtual-broker.ts';
import { VirtualTime } from './virtual-time.ts';

interface Heard {
  at: number;
  topic: string;
  text: string;
}

/** A client that writes down what it hears. */
function client(
  broker: VirtualBroker,
  name: string,
  filter: string,
  weather: Partial<LinkWeather> = {},
): { link: VirtualLink; heard: Heard[]; states: string[] } {
  const heard: Heard[] = [];
  const states: string[] = [];
  const events: LinkEvents = {
    up: () => states.push('up'),
    down: () => states.push('down'),
    message: (topic, payload) =>
      heard.push({ at: broker.time.now(), topic, text: Buffer.from(payload).toString() }),
  };
  const will = { topic: `will/${name}`, payload: Buffer.from('gone') };
  const link = broker.link(name, events, { weather, will });
  link.subscribe(filter);
  link.restore();
  return { link, heard, states };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const texts = (heard: Heard[]): string[] => heard.map(({ text }) => text);

/** A hundred messages, one in 10 ms, from one client to another. */
async function hundred(seed: number, weather: Partial<LinkWeather>) {
  const time = new VirtualTime({ seed });
  const broker = new VirtualBroker(time);
  const from = client(broker, 'from', 'none');
  const to = client(broker, 'to', 'a/+', { down: weather.down ?? {} });
  Object.assign(from.link.weather.up, weather.up);
  for (const index of range(100)) {
    from.link.publish('a/b', Buffer.from(`message ${index}`));
    await time.advance(10);
  }
  await time.advance(60_000);
  return { broker, ...to };
}

test('in calm weather each message arrives once, in order, at who subscribed', async () => {
  const { heard, broker } = await hundred(1, {});
  assert.deepEqual(
    texts(heard),
    range(100).map((index) => `message ${index}`),
  );
  assert.equal(heard[0]!.at, 2, 'a millisecond each way');
  assert.equal(broker.counts.get('arrived up'), 100);
});

test('messages are lost, repeated and cut short about as often as is said, in the direction that is said', async () => {
  const lost = await hundred(1, { up: { lose: 0.3 } });
  assert.ok(lost.heard.length > 55 && lost.heard.length < 85, `${lost.heard.length} of 100`);
  assert.equal(lost.broker.counts.get('lost up'), 100 - lost.heard.length);
  assert.equal(lost.broker.counts.get('lost down'), undefined);

  const repeated = await hundred(1, { down: { repeat: 0.5 } });
  const twice = repeated.heard.length - 100;
  assert.ok(twice > 35 && twice < 65, `${twice} of 100`);
  assert.equal(new Set(texts(repeated.heard)).size, 100);

  const short = await hundred(1, { up: { truncate: 0.2 } });
  const whole = texts(short.heard).filter((text) => /^message \d+$/.test(text));
  assert.equal(short.heard.length, 100);
  assert.ok(whole.length < 100, 'some are shorter');
  assert.equal(short.broker.counts.get('truncated up')! > 5, true);
});

test('delays that differ change the order, and no message waits longer than is said', async () => {
  const { heard } = await hundred(1, { up: { delay: { least: 20, most: 200 } } });
  const order = texts(heard).map((text) => Number(text.slice(8)));
  assert.notDeepEqual(order, range(100));
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    range(100),
  );
  for (const { at, text } of heard) {
    const way = at - Number(text.slice(8)) * 10;
    assert.ok(way >= 21 && way <= 201, `${way} ms`);
  }
});

test('a cut link loses what is on its way, says so, and the broker publishes its will', async () => {
  const time = new VirtualTime();
  const broker = new VirtualBroker(time);
  const slow = { up: { delay: { least: 100, most: 100 } } };
  const board = client(broker, 'board', 'none', slow);
  const server = client(broker, 'server', '#');
  board.link.publish('a', Buffer.from('on its way'));
  await time.advance(50);
  board.link.cut(1000);
  board.link.publish('a', Buffer.from('while down'));
  await time.advance(999);
  assert.equal(board.link.up, false);
  await time.advance(1);
  assert.deepEqual(board.states, ['up', 'down', 'up']);
  board.link.publish('a', Buffer.from('after'));
  await time.advance(1000);
  assert.deepEqual(texts(server.heard), ['gone', 'after']);
});

test('weather that cuts links lets them come back by themselves', async () => {
  const { states } = await hundred(3, { down: { cut: 0.1, outage: { least: 20, most: 50 } } });
  assert.ok(states.filter((state) => state === 'down').length >= 3);
  assert.equal(states.at(-1), 'up');
});

test('of a shared subscription each message reaches one member', async () => {
  const time = new VirtualTime();
  const broker = new VirtualBroker(time);
  const members = ['one', 'two'].map((name) => client(broker, name, '$share/group/a/+'));
  const all = client(broker, 'all', 'a/#');
  const from = client(broker, 'from', 'none');
  for (const index of range(10)) from.link.publish('a/b', Buffer.from(`${index}`));
  await time.advance(10);
  assert.deepEqual(
    members.map(({ heard }) => heard.length),
    [5, 5],
  );
  assert.equal(all.heard.length, 10);
});

test('a link carries so many messages at a time and no more', async () => {
  const time = new VirtualTime();
  const broker = new VirtualBroker(time);
  const from = client(broker, 'from', 'none', { up: { delay: { least: 1000, most: 1000 } } });
  const to = client(broker, 'to', 'a');
  for (const _ of range(IN_FLIGHT_LIMIT + 5)) from.link.publish('a', Buffer.from('x'));
  await time.advance(2000);
  assert.equal(to.heard.length, IN_FLIGHT_LIMIT);
  assert.equal(broker.counts.get('overflowed up'), 5);
});

test("one board's weather stays the same whatever other boards do", async () => {
  const run = async (others: number): Promise<string[]> => {
    const time = new VirtualTime({ seed: 5 });
    const broker = new VirtualBroker(time);
    const board = client(broker, 'board', 'none', { up: { lose: 0.5 } });
    const more = range(others).map((index) =>
      client(broker, `other-${index}`, 'none', { up: { lose: 0.5 } }),
    );
    const server = client(broker, 'server', 'board');
    for (const index of range(50)) {
      for (const other of more) other.link.publish('other', Buffer.from('x'));
      board.link.publish('board', Buffer.from(`${index}`));
      await time.advance(10);
    }
    return texts(server.heard);
  };
  assert.deepEqual(await run(0), await run(3));
});

const STORM: LinkWeather = {
  up: { lose: 0.2, repeat: 0.2, truncate: 0.05, delay: { least: 5, most: 3000 }, cut: 0.06 },
  down: { lose: 0.2, repeat: 0.2, truncate: 0.05, delay: { least: 5, most: 3000 }, cut: 0.06 },
};

/** Two boards, 40 records each, a restart of the server in the middle; until all are acknowledged. */
async function storm(t: TestContext, seed: number) {
  const house = await VirtualHouse.open(seed);
  t.after(() => house.close());
  const { time } = house;
  const boards = [
    await house.board('pi-1', { weather: STORM }),
    await house.board('pi-2', { weather: STORM }),
  ];
  for (const value of range(40)) {
    for (const board of boards) board.take(value);
    await time.advance(1000);
    if (value === 20) house.restartServer();
  }
  await time.until('all are stored', () => boards.every(({ outbox }) => outbox.size === 0), 7_200_000);
  const stored = await Promise.all(boards.map(({ alias }) => house.stored(alias)));
  return {
    digest: house.broker.trace.digest,
    stored,
    counts: house.broker.counts,
    house,
    boards,
    end: time.now(),
  };
}

test("the agent's rounds and the server's dispatcher get every record stored once through a storm, the same way each time", {
  timeout: 300_000,
}, async (t) => {
  const digests = new Set<string>();
  const counts = new Map<string, number>();
  for (const seed of [1, 2, 3]) {
    const first = await storm(t, seed);
    for (const stored of first.stored) assert.deepEqual(stored, range(40), `seed ${seed}`);
    for (const [what, count] of first.counts) counts.set(what, (counts.get(what) ?? 0) + count);
    assert.equal(first.house.dispatcher.counters.get('INTERNAL'), undefined);
    const second = await storm(t, seed);
    assert.deepEqual([second.digest, second.end], [first.digest, first.end], `seed ${seed} replays`);
    digests.add(first.digest);
  }
  assert.equal(digests.size, 3, 'another seed is another storm');
  for (const direction of ['up', 'down'])
    for (const what of ['lost', 'repeated', 'truncated'])
      assert.ok((counts.get(`${what} ${direction}`) ?? 0) > 0, `${what} ${direction}`);
  assert.ok((counts.get('down') ?? 0) > 0, 'links broke');
});
