import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from '../feed.ts';
import { recordOf } from '../store/sample-rows.ts';
import { TOPICS, WATCHER_BACKLOG_LIMIT, WATCHERS_LIMIT, Watchers } from './watchers.ts';

const everything = { topics: new Set(TOPICS), alias: undefined };
const fail = (error: unknown): void => assert.fail(String(error));

/** What has come so far, without the greeting. */
const heard = (stream: ReturnType<Watchers['watch']>): string =>
  String(stream.read() ?? '').replace(/^retry: \d+\n\n/, '');

test('a watcher hears what it is interested in, each as one message', (t) => {
  const feed = new Feed(fail);
  const watchers = new Watchers(feed);
  t.after(() => watchers.close());
  const all = watchers.watch(everything);
  const one = watchers.watch({ topics: new Set(['records']), alias: 'pi-2' });
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
  const watchers = new Watchers(feed);
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
  const watchers = new Watchers(new Feed(fail));
  t.after(() => watchers.close());
  const streams = Array.from({ length: WATCHERS_LIMIT }, () => watchers.watch(everything));
  assert.throws(() => watchers.watch(everything), /200 watch already/);
  streams[0]!.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(watchers.watch(everything));
});
