import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { localCaller } from '../commands/caller.ts';
import { type CommandArgs, type CommandName, type CommandResult, runCommand } from '../commands/commands.ts';
import type { CommandContext } from '../commands/context.ts';
import { remember } from '../commands/remember.ts';
import { Feed } from '../feed.ts';
import { loadKeys } from '../keys.ts';
import type { Alert } from '../store/alert-contract.ts';
import { databasePath, openSqliteStore } from '../store/sqlite.ts';
import { WEBHOOK_QUEUE_LIMIT } from '../store/webhook-contract.ts';
import { RETRIES_MS } from './plan.ts';
import { Receiver } from './testing/receiver.ts';
import { WEBHOOK_EVENT_RATE, Webhooks } from './webhooks.ts';

/** A store, what sends, and one receiver that is told of devices and alerts. */
async function house(t: TestContext, { answerMs = 2_000 } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-webhooks-'));
  const store = await openSqliteStore(databasePath(dataDir));
  const clock = { ahead: 0 };
  const now = (): number => Date.now() + clock.ahead;
  const log: string[] = [];
  const feed: Feed = new Feed((error) => log.push(String(error)));
  const live = { happened: (events) => feed.tell('events', events) } as CommandContext['live'] & object;
  const start = () =>
    Webhooks.start({ store, feed, live, now, answerMs, log: ({ text }) => void log.push(text) });
  const context = {
    ...{ store, dataDir, live, now, keys: await loadKeys(dataDir, store) },
    settings: { broker: '', prefix: '', page: '' },
  };
  const run = <N extends CommandName>(name: N, args: CommandArgs<N>): Promise<CommandResult<N>> =>
    runCommand(context, localCaller(), name, args) as Promise<CommandResult<N>>;
  const receiver = new Receiver();
  await receiver.start();
  let webhooks = await start();
  t.after(async () => {
    await webhooks.close();
    await receiver.stop();
    await store.close();
    rmSync(dataDir, { recursive: true });
  });
  const added = await run('webhookAdd', { name: 'mine', url: receiver.url, kinds: ['device', 'alert'] });
  receiver.secret = added.secret;
  return {
    ...{ store, feed, log, receiver, run, id: added.id },
    get counts() {
      return webhooks.counts;
    },
    happen: (text: string, kind = 'device.approved') =>
      remember({ store, live }, [{ at: now(), actor: 'local:me', kind, alias: 'pi-1', text }]),
    /** Time passes, and what sends looks again. */
    async pass(ms: number): Promise<void> {
      clock.ahead += ms;
      feed.tell('events', [{ at: now(), actor: 'server', kind: 'webhook.look', text: '' }]);
    },
    async restart(): Promise<void> {
      await webhooks.close();
      webhooks = await start();
    },
    async deliveries() {
      return (await run('webhookDeliveries', { id: added.id })).deliveries;
    },
    heard: () => receiver.heard.map(({ type, data }) => `${type} ${data.text}`),
  };
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 8_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a webhook is told of the events and alerts that it wants, in order, signed, one at a time', async (t) => {
  const h = await house(t);
  for (let n = 1; n <= 5; n++) await h.happen(`event ${n}`);
  await h.happen('not wanted', 'rollout.created');
  const alert: Alert = {
    ...{ id: 1, rule: 'r', name: 'hot', severity: 'warning', alias: 'pi-1', state: 'firing' },
    ...{ since: Date.now(), text: 'too hot' },
  };
  h.feed.tell('alerts', [alert]);
  await until(() => h.receiver.heard.length === 6, 'six messages');
  assert.deepEqual(h.heard(), [
    ...[1, 2, 3, 4, 5].map((n) => `device.approved event ${n}`),
    'alert.firing too hot',
  ]);
  assert.ok(h.receiver.heard.every(({ good }) => good));
  assert.equal(new Set(h.receiver.heard.map(({ id }) => id)).size, 6);
  assert.equal(h.receiver.most, 1);
  await until(() => h.counts.delivered === 6, 'six to be counted');
  const [newest] = await h.deliveries();
  assert.deepEqual([newest?.kind, newest?.state, newest?.status], ['alert.firing', 'delivered', 204]);
});

test('a receiver that fails, hangs or closes is told again, under the same name', async (t) => {
  const h = await house(t, { answerMs: 100 });
  h.receiver.answers.push(500, 'hang', 'close', 302);
  await h.happen('important');
  for (let n = 0; n < 4; n++) {
    await until(async () => (await h.deliveries())[0]?.attempts === n + 1, `attempt ${n + 1}`);
    await h.pass(RETRIES_MS[n]! * 1.2);
  }
  await until(() => h.counts.delivered === 1, 'the message to arrive');
  assert.equal(h.receiver.heard.length, 5);
  assert.equal(new Set(h.receiver.heard.map(({ id }) => id)).size, 1);
  assert.ok(h.receiver.heard.every(({ good }) => good));
});

test('what the last attempt came to can be looked up', async (t) => {
  const h = await house(t, { answerMs: 50 });
  h.receiver.answers.push(503);
  await h.happen('important');
  await until(async () => (await h.deliveries())[0]?.status === 503, 'a status');
  h.receiver.answers.push('hang');
  await h.pass(10_000);
  await until(async () => (await h.deliveries())[0]?.error !== undefined, 'a reason');
  const [delivery] = await h.deliveries();
  assert.deepEqual(
    [delivery?.state, delivery?.attempts, delivery?.error],
    [...['waiting', 2, 'no answer within 0.05 s']],
  );
  assert.ok((delivery?.due ?? 0) > Date.now());
});

test('what was queued is sent after a restart, under the same name', async (t) => {
  const h = await house(t);
  await h.receiver.stop();
  await h.happen('while it was away');
  await until(async () => (await h.deliveries())[0]?.attempts === 1, 'an attempt');
  const [{ message } = { message: '' }] = await h.deliveries();
  await h.restart();
  await h.receiver.start();
  await h.pass(10_000);
  await until(() => h.receiver.heard.length === 1, 'the message');
  assert.equal(h.receiver.heard[0]?.id, message);
});

test('what is given up is an event, of which no webhook is told', async (t) => {
  const h = await house(t);
  await h.run('webhookSet', { id: h.id, kinds: ['*'] });
  h.receiver.answers.push(...Array<number>(RETRIES_MS.length + 1).fill(500));
  await h.happen('important');
  for (let n = 0; n <= RETRIES_MS.length; n++) {
    await until(async () => (await h.deliveries())[0]?.attempts === n + 1, `attempt ${n + 1}`);
    await h.pass((RETRIES_MS[n] ?? 0) * 1.2);
  }
  await until(async () => (await h.store.events({ kind: 'webhook.failed' })).length === 1, 'the event');
  assert.equal(h.counts.failed, 1);
  const [event] = await h.store.events({ kind: 'webhook.failed' });
  assert.match(event!.text, /^the webhook mine could not be told for a day.*status 500$/);
  await h.happen('after that');
  await h.pass(60_000);
  await until(() => h.counts.delivered === 1, 'the next message');
  assert.deepEqual(new Set(h.heard()), new Set(['device.approved important', 'device.approved after that']));
  assert.ok(!h.log.some((text) => text.includes(h.receiver.url)), 'its address is in no log');
});

test('a receiver that is gone is switched off, and hears no more until a person switches it on', async (t) => {
  const h = await house(t);
  h.receiver.answers.push(410);
  await h.happen('first');
  await until(async () => (await h.store.events({ kind: 'webhook.gone' })).length === 1, 'the event');
  assert.equal((await h.run('webhookList', {})).webhooks[0]?.enabled, false);
  await h.happen('second');
  await assert.rejects(h.run('webhookTest', { id: h.id }), /switched off/);
  await h.run('webhookSet', { id: h.id, enabled: true });
  await h.happen('third');
  await until(() => h.receiver.heard.length === 2, 'the third');
  assert.deepEqual(h.heard(), ['device.approved first', 'device.approved third']);
});

test('that a receiver is gone is told however much was told of its webhook before', async (t) => {
  const h = await house(t);
  for (let n = 0; n < WEBHOOK_EVENT_RATE.burst; n++) {
    h.receiver.answers.push(410);
    await h.happen(`message ${n}`);
    const told = async () => (await h.store.events({ kind: 'webhook.gone' })).length;
    await until(async () => (await told()) === n + 1, `event ${n + 1}`);
    await h.run('webhookSet', { id: h.id, enabled: true });
  }
  h.receiver.answers.push(410);
  await h.happen('one more');
  const told = async () => (await h.store.events({ kind: 'webhook.gone' })).length;
  await until(async () => (await told()) === WEBHOOK_EVENT_RATE.burst + 1, 'the last event');
  await h.happen('nobody wants this');
  assert.equal((await h.deliveries()).length, WEBHOOK_EVENT_RATE.burst + 1, 'nothing more is queued for it');
});

test('of one that is away for long the oldest messages are given up, and that is told', async (t) => {
  const h = await house(t);
  await h.receiver.stop();
  const events = Array.from({ length: WEBHOOK_QUEUE_LIMIT + 10 }, (_, n) => ({
    ...{ at: n, actor: 'server', kind: 'device.lost', text: `event ${n}` },
  }));
  h.feed.tell('events', events);
  await until(async () => (await h.store.events({ kind: 'webhook.dropped' })).length === 1, 'the event');
  assert.equal(h.counts.dropped, 10);
  // It is not told without end.
  for (let n = 1; n <= 3 * WEBHOOK_EVENT_RATE.burst; n++) {
    await h.happen('one more');
    await until(() => h.counts.dropped === 10 + n, 'it to be counted');
  }
  const told = await h.store.events({ kind: 'webhook.dropped' });
  assert.ok(told.length <= WEBHOOK_EVENT_RATE.burst, `${told.length} events`);
  assert.equal((await h.run('webhookList', {})).webhooks[0]?.waiting, WEBHOOK_QUEUE_LIMIT);
});

test('a test message arrives whatever kinds are wanted, and a new secret signs from then on', async (t) => {
  const h = await house(t);
  await h.run('webhookTest', { id: h.id });
  await until(() => h.receiver.heard.length === 1, 'the test');
  assert.equal(h.receiver.heard[0]?.type, 'webhook.test');
  const { secret } = await h.run('webhookSet', { id: h.id, newSecret: true });
  await h.happen('with the new secret');
  await until(() => h.receiver.heard.length === 2, 'the event');
  assert.equal(h.receiver.heard[1]?.good, false, 'not by the secret before');
  h.receiver.secret = secret!;
  await h.happen('again');
  await until(() => h.receiver.heard.length === 3, 'the event');
  assert.equal(h.receiver.heard[2]?.good, true);
});

test('a webhook that is removed hears no more', async (t) => {
  const h = await house(t);
  h.receiver.answers.push(500);
  await h.happen('first');
  await until(() => h.receiver.heard.length === 1, 'the first');
  await h.run('webhookRemove', { id: h.id });
  await h.happen('second');
  await h.pass(10_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(h.receiver.heard.length, 1);
});

test('an address that is none, or has a password in it, is refused', async (t) => {
  const h = await house(t);
  const add = (url: string) => h.run('webhookAdd', { name: 'x', url, kinds: ['*'] });
  await assert.rejects(add('https://me:pw@example.org'), /user or password/);
  await assert.rejects(add('file:///etc/passwd'), /only http/);
  await assert.rejects(h.run('webhookSet', { id: h.id, url: 'nonsense' }), /no URL/);
  await assert.rejects(h.run('webhookRemove', { id: '000000000000' }), /there is no webhook/);
});
