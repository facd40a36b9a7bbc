import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from '../feed.ts';
import { recordOf } from '../store/sample-rows.ts';
import { TOPICS, WATCHER_ALIVE_MS, WATCHER_BACKLOG_LIMIT, WATCHERS_LIMIT, Watchers } from './watchers.ts';

const everything = { topics: new Set(TOPICS), alias: undefined, grant: 'ada' };
/** Everybody's right is good, but for those who are named. */
const watchersOf = (feed: Feed, ended: ReadonlySet<string> = new Set()): Watchers =>
  new Watchers({
    feed,
    store: { validGrants: async (ids) => new Set(ids.filter((id) => !ended.has(id))) },
    now: Date.now,
    failed: (_, error) => fail(error),
  });
const fail = (error: unknown): void => assert.fail(String(error));

/** What has come so far, without the greeting. */
const heard = (stream: ReturnType<Watchers['watch']>): string =>
  String(stream.read() ?? '').replace(/^retry: \d+\n\n/, '');

test('a watcher hears what it is interested in, each as one message', (t) => {
  const feed = new Feed(fail);
  const watchers = watchersOf(feed);
  t.after(() => watchers.close());
  const all = watchers.watch(everything);
  const one = watchers.watch({ ...everything, topics: new Set(['records']), alias: 'pi-2' });
  feed.tell('records', [recordOf({ alias: 'pi-1' }), recordOf({ alias: 'pi-2', values: { t: 21.5 } })]);
  feed.tell('devices', ['pi-2']);
  feed.tell('events', [{ at: 1, actor: 'server', kind: 'x', text: 'line 1\nline 2' }]);
  assert.match(heard(one), /^event: records\ndata: \{"alias":"pi-2",.*"values":\{"t":21\.5\}.*\}\n\n$/);
  const messages = heard(all).split('\n\n').filter(Boolean);
  assert.deepEqual(
    messages.map((message) => message.split('\n')[0]),
    ['event: records', 'event: records', 'event: devices', 'event: events'],
  );
  assert.deepEqual(
    messages.map((message) => message.split('\n').length),
    [2, 2, 2, 2],
    'a line feed in a text does not break a message in two',
  );
});

test('who reads too slowly is let go, and holds up nobody', (t) => {
  const feed = new Feed(fail);
  const watchers = watchersOf(feed);
  t.after(() => watchers.close());
  const slow = watchers.watch(everything);
  const quick = watchers.watch(everything);
  const event = { at: 1, actor: 'server', kind: 'x', text: 'x'.repeat(10_000) };
  for (let told = 0; told < (2 * WATCHER_BACKLOG_LIMIT) / 10_000; told++) {
    feed.tell('events', [event]);
    assert.ok(heard(quick).includes('xxx'));
  }
  assert.equal(slow.destroyed, true);
  assert.deepEqual([quick.destroyed, watchers.size], [false, 1]);
});

test('so many watch at once; the next is told, and who leaves makes room', async (t) => {
  const watchers = watchersOf(new Feed(fail));
  t.after(() => watchers.close());
  const streams = Array.from({ length: WATCHERS_LIMIT }, () => watchers.watch(everything));
  assert.throws(() => watchers.watch(everything), /200 watch already/);
  streams[0]!.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(watchers.watch(everything));
});

test('who may watch no more is let go: at once when somebody ends it, and soon when it runs out', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const feed = new Feed(fail);
  const ended = new Set<string>();
  const watchers = watchersOf(feed, ended);
  t.after(() => watchers.close());
  const [ada, bob, eve] = ['ada', 'bob', 'eve'].map((grant) => watchers.watch({ ...everything, grant }));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (const [kind, who, stream] of [
    ['access.revoked', 'ada', ada],
    ['session.ended', 'bob', bob],
  ] as const) {
    ended.add(who);
    feed.tell('events', [{ at: 1, actor: 'server', kind: 'device.lost', text: '' }]);
    await turn();
    assert.equal(stream!.destroyed, false);
    feed.tell('events', [{ at: 1, actor: 'server', kind, text: '' }]);
    await turn();
    assert.equal(stream!.destroyed, true, kind);
  }
  ended.add('eve');
  t.mock.timers.tick(WATCHER_ALIVE_MS);
  await turn();
  assert.deepEqual([eve!.destroyed, watchers.size], [true, 0]);
});

test('all who watch are looked up at once, and a store that fails ends nobody', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const [asked, told]: [string[][], string[]] = [[], []];
  const watchers = new Watchers({
    ...{ feed: new Feed(fail), now: () => 0 },
    store: {
      async validGrants(ids) {
        asked.push([...ids]);
        throw new Error('the disk');
      },
    },
    failed: (what, error) => void told.push(`${what}: ${(error as Error).message}`),
  });
  t.after(() => watchers.close());
  t.mock.timers.tick(WATCHER_ALIVE_MS);
  for (const grant of ['ada', 'bob', 'bob']) watchers.watch({ ...everything, grant });
  t.mock.timers.tick(WATCHER_ALIVE_MS);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(asked, [['ada', 'bob']]);
  assert.deepEqual(told, ['who may watch: the disk']);
  assert.equal(watchers.size, 3);
});
