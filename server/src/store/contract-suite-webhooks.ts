import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenStore, withStore } from './contract-suite.ts';
import {
  DELIVERIES_KEPT,
  type NewDelivery,
  WEBHOOK_QUEUE_LIMIT,
  WEBHOOKS_LIMIT,
  type Webhook,
} from './webhook-contract.ts';

const webhook = (id: string, more: Partial<Webhook> = {}): Webhook => ({
  ...{ id, name: `to ${id}`, url: 'https://example.org/hook', kinds: ['device', 'alert'] },
  ...{ enabled: true, secret: 'whsec_AAAA', created: 1, ...more },
});
const delivery = (id: string, n: number): NewDelivery => ({
  ...{ webhook: id, message: `msg_${n}`, kind: 'device.approved', body: `{"n":${n}}`, created: n },
});

export function webhookContract(name: string, open: OpenStore): void {
  test(`${name}: a webhook is kept, changed and removed with all that it was to be told`, () =>
    withStore(open, async ({ store, reopen }) => {
      await store.addWebhook(webhook('b', { name: 'second' }));
      await store.addWebhook(webhook('a', { name: 'first' }));
      const changed = await store.changeWebhook('a', { enabled: false, kinds: ['*'] });
      assert.deepEqual(changed, webhook('a', { name: 'first', enabled: false, kinds: ['*'] }));
      assert.equal(await store.changeWebhook('c', { name: 'x' }), undefined);
      await store.addDeliveries([delivery('a', 1), delivery('b', 2), delivery('nobody', 3)]);
      const again = await reopen();
      assert.deepEqual(await again.webhooks(), [changed, webhook('b', { name: 'second' })]);
      assert.deepEqual(
        await again.waitingDeliveries(),
        new Map([
          ['a', 1],
          ['b', 1],
        ]),
      );
      assert.equal(await again.removeWebhook('a'), true);
      assert.equal(await again.removeWebhook('a'), false);
      assert.deepEqual(await again.deliveries('a'), []);
      assert.equal((await again.deliveries('b')).length, 1);
    }));

  test(`${name}: a webhook past the limit is refused`, () =>
    withStore(open, async ({ store }) => {
      for (let n = 0; n < WEBHOOKS_LIMIT; n++) await store.addWebhook(webhook(`w${n}`));
      await assert.rejects(store.addWebhook(webhook('more')), { code: 'BUSY' });
      assert.equal((await store.webhooks()).length, WEBHOOKS_LIMIT);
    }));

  test(`${name}: a delivery waits until it is due, and its attempts are counted`, () =>
    withStore(open, async ({ store, reopen }) => {
      await store.addWebhook(webhook('a'));
      await store.addDeliveries([delivery('a', 1), delivery('a', 2)]);
      const first = (await store.nextDelivery('a'))!;
      assert.equal(first.message, 'msg_1');
      await store.attempted(first.id, { state: 'waiting', due: 500, tried: 10, status: 500 });
      const second = (await store.nextDelivery('a'))!;
      assert.equal(second.message, 'msg_2');
      await store.attempted(second.id, { state: 'delivered', due: 0, tried: 20, status: 204 });
      const again = await reopen();
      const waiting = (await again.nextDelivery('a'))!;
      assert.deepEqual(waiting, {
        ...{ ...first, state: 'waiting', attempts: 1, due: 500, tried: 10, status: 500 },
      });
      await again.attempted(waiting.id, { state: 'failed', due: 0, tried: 30, error: 'no answer' });
      assert.equal(await again.nextDelivery('a'), undefined);
      const [newest, oldest] = await again.deliveries('a');
      assert.deepEqual([newest?.state, newest?.status], ['delivered', 204]);
      assert.deepEqual([oldest?.state, oldest?.attempts, oldest?.error], ['failed', 2, 'no answer']);
      assert.deepEqual(await again.deliveries('a', { before: newest!.id }), [oldest]);
      await again.attempted(999, { state: 'failed', due: 0, tried: 30 });
    }));

  test(`${name}: of too many that wait the oldest are given up, and of those that are over few are kept`, () =>
    withStore(open, async ({ store }) => {
      await store.addWebhook(webhook('a'));
      await store.addWebhook(webhook('b'));
      await store.addDeliveries([delivery('b', 0)]);
      const many = Array.from({ length: WEBHOOK_QUEUE_LIMIT + 3 }, (_, n) => delivery('a', n));
      assert.deepEqual(await store.addDeliveries(many), new Map([['a', 3]]));
      assert.equal((await store.nextDelivery('a'))?.message, 'msg_3');
      assert.equal((await store.nextDelivery('b'))?.message, 'msg_0');
      for (let n = 0; n < DELIVERIES_KEPT + 5; n++) {
        const { id } = (await store.nextDelivery('a'))!;
        await store.attempted(id, { state: 'delivered', due: 0, tried: n, status: 200 });
      }
      const left = WEBHOOK_QUEUE_LIMIT - DELIVERIES_KEPT - 5;
      assert.equal((await store.waitingDeliveries()).get('a'), left);
      let all = 0;
      for (let before = Number.MAX_SAFE_INTEGER; ; ) {
        const page = await store.deliveries('a', { before });
        if (page.length === 0) break;
        all += page.length;
        before = page.at(-1)!.id;
      }
      assert.equal(all, left + DELIVERIES_KEPT);
    }));
}
