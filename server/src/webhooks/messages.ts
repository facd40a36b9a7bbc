import type { Alert } from '../store/alert-contract.ts';
import type { FleetEvent } from '../store/event-contract.ts';
import type { Webhook } from '../store/webhook-contract.ts';

/** What webhooks are told: JSON as Standard Webhooks recommends it ("Payload structure"). */
export interface WebhookMessage {
  type: string;
  timestamp: string; // ISO 8601
  data: Record<string, unknown>;
}

/** Kinds of events that no webhook is told: of itself, or it would be told that it could not be told, and so on. */
const OWN = 'webhook';

/** Pure. */
export const isOwn = (kind: string): boolean => begins(kind, OWN);

/** True where a kind is one of these, or begins with one: `device` has device.approved, `*` has all. Pure. */
export const wants = (kinds: readonly string[], kind: string): boolean =>
  kinds.some((one) => one === '*' || begins(kind, one));

const begins = (kind: string, start: string): boolean => kind === start || kind.startsWith(`${start}.`);

/** Pure. */
export const eventMessage = ({ kind, at, actor, alias, text, data }: FleetEvent): WebhookMessage => ({
  type: kind,
  timestamp: new Date(at).toISOString(),
  data: {
    ...(alias === undefined ? {} : { alias }),
    ...{ actor, text },
    ...(data === undefined ? {} : { data }),
  },
});

/** Of an alert as it is at `now`: alert.firing, alert.acknowledged, alert.resolved. Pure. */
export function alertMessage(alert: Alert, now: number): WebhookMessage {
  const { state, since, acknowledgedAt, ended } = alert;
  const at = { firing: since, acknowledged: acknowledgedAt, resolved: ended }[state] ?? now;
  // By the board's clock, which may say a year that ISO 8601 has no form for (ECMA-262, section 21.4.1.1).
  const timestamp = new Date(Math.abs(at) <= 8.64e15 ? at : now).toISOString();
  return { type: `alert.${state}`, timestamp, data: { ...alert } };
}

/** What a person sends to see whether it arrives. Pure. */
export const testMessage = ({ name }: Pick<Webhook, 'name'>, now: number): WebhookMessage => ({
  type: 'webhook.test',
  timestamp: new Date(now).toISOString(),
  data: { text: `a test of the webhook ${name}` },
});
