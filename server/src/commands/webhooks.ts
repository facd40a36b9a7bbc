import { Type } from '@sinclair/typebox';
import { newId } from '../http/secrets.ts';
import { urlFault } from '../integrations/http-post.ts';
import { DELIVERIES_PAGE, type Delivery, type Webhook } from '../store/webhook-contract.ts';
import { testMessage } from '../webhooks/messages.ts';
import { newMessageId, newWebhookSecret } from '../webhooks/sign.ts';
import { command } from './context.ts';
import { CommandRefused } from './refusal.ts';

const closed = { additionalProperties: false };
/** Kinds that one webhook may list. */
export const WEBHOOK_KINDS_LIMIT = 50;

const WebhookId = Type.String({ pattern: '^[0-9a-f]{12}$', description: 'as the list of webhooks shows it' });
export const WebhookFields = {
  name: Type.String({
    pattern: '^[^\\u0000-\\u001f\\u007f]{1,64}$',
    description: '1 to 64 characters on one line',
  }),
  url: Type.String({
    minLength: 1,
    maxLength: 4_096,
    description: 'http:// or https://, without credentials',
  }),
  kinds: Type.Array(
    Type.String({
      pattern: '^(\\*|[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+){0,3})$',
      maxLength: 64,
      description: 'a kind of event or how it begins (device), alert, or * for everything',
    }),
    { minItems: 1, maxItems: WEBHOOK_KINDS_LIMIT, uniqueItems: true },
  ),
  enabled: Type.Boolean(),
};

/** A webhook as commands tell it. */
const webhookView = ({ secret: _, ...webhook }: Webhook): Omit<Webhook, 'secret'> => webhook;

/** A delivery as commands tell it: the body only says again what is in events. */
const deliveryView = ({ body: _, webhook: __, due, ...delivery }: Delivery) => ({
  ...delivery,
  ...(delivery.state === 'waiting' ? { due } : {}),
});

function checkUrl(url: string): void {
  const fault = urlFault(url);
  if (fault !== undefined) throw new CommandRefused(`no webhook can be sent to that address: ${fault}`);
}

const unknown = (id: string): CommandRefused =>
  new CommandRefused(`there is no webhook ${id}; the list of webhooks shows their ids`);

/** Its secret is told here and never again. */
export const webhookAdd = command(
  Type.Object({ ...WebhookFields, enabled: Type.Optional(WebhookFields.enabled) }, closed),
  async ({ store, now }, { name, url, kinds, enabled = true }) => {
    checkUrl(url);
    const webhook: Webhook = {
      ...{ id: newId(), name, url, kinds, enabled, secret: newWebhookSecret(), created: now() },
    };
    await store.addWebhook(webhook);
    return webhook;
  },
);

/** Changes what is given; with `newSecret` it gets another secret, which is told here and never again. */
export const webhookSet = command(
  Type.Object(
    {
      id: WebhookId,
      ...Type.Partial(Type.Object(WebhookFields)).properties,
      newSecret: Type.Optional(Type.Literal(true)),
    },
    closed,
  ),
  async ({ store }, { id, newSecret, ...changes }) => {
    if (changes.url !== undefined) checkUrl(changes.url);
    const secret = newSecret ? { secret: newWebhookSecret() } : {};
    const changed = await store.changeWebhook(id, { ...changes, ...secret });
    if (changed === undefined) throw unknown(id);
    return { ...webhookView(changed), ...secret };
  },
);

export const webhookRemove = command(Type.Object({ id: WebhookId }, closed), async ({ store }, { id }) => {
  const webhook = await store.webhook(id);
  if (webhook === undefined || !(await store.removeWebhook(id))) throw unknown(id);
  return { id, name: webhook.name, removed: true };
});

export const webhookList = command(Type.Object({}, closed), async ({ store }) => {
  const waiting = await store.waitingDeliveries();
  return {
    webhooks: (await store.webhooks()).map((webhook) => ({
      ...webhookView(webhook),
      waiting: waiting.get(webhook.id) ?? 0,
    })),
  };
});

/** Queues a message that tells of nothing, whatever kinds the webhook is for. */
export const webhookTest = command(Type.Object({ id: WebhookId }, closed), async ({ store, now }, { id }) => {
  const webhook = await store.webhook(id);
  if (webhook === undefined) throw unknown(id);
  if (!webhook.enabled)
    throw new CommandRefused(`the webhook ${webhook.name} is switched off; switch it on first`);
  const message = newMessageId();
  const { type: kind, ...rest } = testMessage(webhook, now());
  const body = JSON.stringify({ type: kind, ...rest });
  await store.addDeliveries([{ webhook: id, message, kind, body, created: now() }]);
  return { id, name: webhook.name, message };
});

/** Newest first. */
export const webhookDeliveries = command(
  Type.Object(
    {
      id: WebhookId,
      before: Type.Optional(Type.Integer({ minimum: 1 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: DELIVERIES_PAGE })),
    },
    closed,
  ),
  async ({ store }, { id, ...query }) => {
    if ((await store.webhook(id)) === undefined) throw unknown(id);
    return { deliveries: (await store.deliveries(id, query)).map(deliveryView) };
  },
);
