import type { FleetEvent } from '../store/event-contract.ts';
import type { Webhook } from '../store/webhook-contract.ts';

type Of = Pick<Webhook, 'id' | 'name'>;
const event = ({ id, name }: Of, kind: string, text: string, at: number): FleetEvent => ({
  ...{ at, actor: 'server', kind: `webhook.${kind}`, text: `the webhook ${name} ${text}` },
  data: { webhook: id },
});

// What the server itself does with a webhook. Its URL is in none of them: it may be a secret.

export const gaveUp = (webhook: Of, why: string, at: number): FleetEvent =>
  event(webhook, 'failed', `could not be told for a day, and a message was given up: ${why}`, at);

export const switchedOff = (webhook: Of, at: number): FleetEvent =>
  event(webhook, 'gone', 'answered 410 (gone), and was switched off', at);

export const overflowed = (webhook: Of, dropped: number, at: number): FleetEvent =>
  event(webhook, 'dropped', `has too much waiting; its ${dropped} oldest messages were given up`, at);
