import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '../store/alert-contract.ts';
import { alertMessage, eventMessage, isOwn, wants } from './messages.ts';
import { attemptOf, REST_MS, RETRIES_MS, restMs } from './plan.ts';
import { newMessageId, newWebhookSecret, signature, webhookHeaders } from './sign.ts';

test('a signature is the one that the libraries of Standard Webhooks make', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const [message, body] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}'];
  const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  assert.equal(signature(secret, message, 1_614_265_330, body), expected);
  assert.deepEqual(webhookHeaders(secret, message, 1_614_265_330_999, body), {
    'content-type': 'application/json',
    'webhook-id': message,
    'webhook-timestamp': '1614265330',
    'webhook-signature': expected,
  });
});

test('a secret has the 24 bytes and more that the specification wants, and no name has a dot', () => {
  const secret = newWebhookSecret();
  assert.match(secret, /^whsec_[A-Za-z0-9+/]+=*$/);
  assert.ok(Buffer.from(secret.slice(6), 'base64').length >= 24);
  assert.notEqual(secret, newWebhookSecret());
  assert.match(newMessageId(), /^msg_[0-9a-f]{32}$/);
});

test('a message is tried for about a day, with longer and longer waits, and then given up', () => {
  let [now, attempts] = [0, 0];
  const waits: number[] = [];
  for (;;) {
    const attempt = attemptOf({ attempts }, { error: 'no answer' }, now, 0);
    if (attempt.state === 'failed') break;
    waits.push(attempt.due - now);
    now = attempt.due;
    attempts += 1;
  }
  assert.deepEqual(waits, RETRIES_MS);
  assert.deepEqual(
    waits.toSorted((a, b) => a - b),
    waits,
  );
  const day = 86_400_000;
  assert.ok(now > 0.9 * day && now < 1.1 * day, `${now / day} days`);
});

test('chance spreads tries, and a receiver may ask for more patience but not for less', () => {
  const first = RETRIES_MS[0]!;
  const due = (outcome: Parameters<typeof attemptOf>[1], chance: number): number =>
    attemptOf({ attempts: 0 }, outcome, 1_000, chance).due - 1_000;
  assert.equal(due({ error: 'x' }, 1), first * 1.1);
  assert.equal(due({ status: 429, wait: 60_000 }, 0), 60_000);
  assert.equal(due({ status: 503, wait: 1 }, 0), first);
});

test('2xx is good, 410 is the end, and all else is tried again', () => {
  const state = (status: number): string => attemptOf({ attempts: 0 }, { status, wait: 0 }, 0, 0).state;
  assert.deepEqual([200, 204, 299].map(state), ['delivered', 'delivered', 'delivered']);
  assert.deepEqual([199, 301, 400, 404, 500].map(state), Array(5).fill('waiting'));
  assert.equal(state(410), 'failed');
});

test('a webhook that fails again and again rests longer, up to a bound', () => {
  assert.deepEqual([0, 1, 2, 3].map(restMs), [0, 1_000, 2_000, 4_000]);
  assert.equal(restMs(1_000), REST_MS.most);
});

test('a webhook is told of the kinds that it wants, and never of webhooks', () => {
  assert.ok(wants(['device'], 'device.approved'));
  assert.ok(wants(['device.approved'], 'device.approved'));
  assert.ok(wants(['*'], 'rollout.created'));
  assert.ok(!wants(['device'], 'devices.x'));
  assert.ok(!wants(['device.approved'], 'device'));
  assert.ok(isOwn('webhook.failed') && !isOwn('webhooks') && !isOwn('device.approved'));
});

test('an event and an alert are messages with a type, a time and what happened', () => {
  const at = Date.UTC(2026, 5, 1);
  assert.deepEqual(
    eventMessage({
      at,
      actor: 'local:me',
      kind: 'device.revoked',
      alias: 'pi-1',
      text: 'shut out',
      data: { n: 1 },
    }),
    {
      type: 'device.revoked',
      timestamp: '2026-06-01T00:00:00.000Z',
      data: { alias: 'pi-1', actor: 'local:me', text: 'shut out', data: { n: 1 } },
    },
  );
  const alert: Alert = {
    ...{ id: 1, rule: 'r', name: 'hot', severity: 'warning', alias: 'pi-1', state: 'firing' },
    ...{ since: at, text: 'too hot' },
  };
  assert.deepEqual(alertMessage(alert, 0), {
    ...{ type: 'alert.firing', timestamp: '2026-06-01T00:00:00.000Z', data: { ...alert } },
  });
  const ended = alertMessage({ ...alert, state: 'resolved', ended: at + 1_000 }, 0);
  assert.deepEqual([ended.type, ended.timestamp], ['alert.resolved', '2026-06-01T00:00:01.000Z']);
});

test('an alert of a board whose clock is beyond all dates is told too', () => {
  const alert: Alert = {
    ...{ id: 7, rule: 'r1', name: 'hot', severity: 'critical', alias: 'pi-1', state: 'firing' },
    ...{ since: 8.64e15 + 1, text: 'too hot' },
  };
  const { timestamp, data } = alertMessage(alert, Date.UTC(2026, 5, 1));
  assert.equal(timestamp, '2026-06-01T00:00:00.000Z', 'when it is told');
  assert.equal(data.since, alert.since);
});
