import { Type } from '@sinclair/typebox';
import { WebhookFields } from '../../commands/webhooks.ts';
import { DELIVERIES_PAGE } from '../../store/webhook-contract.ts';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { type AnyRoute, route } from '../route.ts';
import { body, Id, query, Time, word } from '../shapes.ts';

const tag = 'webhooks';
const closed = { additionalProperties: false };
const Path = Type.Object({ id: Id }, closed);
const { enabled, ...needed } = WebhookFields;
const Secret = Type.Object({
  secret: Type.String({ description: 'signs what is sent (Standard Webhooks); told here and never again' }),
});
const Webhook = Type.Object(
  {
    id: Id,
    name: Type.String(),
    url: Type.String(),
    kinds: Type.Array(Type.String()),
    enabled,
    created: Time,
  },
  closed,
);
const Delivery = Type.Object(
  {
    id: Type.Integer(),
    message: Type.String({ description: 'the header webhook-id' }),
    kind: Type.String(),
    created: Time,
    state: word(['waiting', 'delivered', 'failed'] as const),
    attempts: Type.Integer(),
    due: Type.Optional(Time),
    tried: Type.Optional(Time),
    status: Type.Optional(Type.Integer()),
    error: Type.Optional(Type.String()),
  },
  closed,
);

export const webhookRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/webhooks',
    scope: 'admin',
    tag,
    summary: 'List the webhooks',
    answer: Type.Object({
      webhooks: Type.Array(
        Type.Object(
          {
            ...Webhook.properties,
            waiting: Type.Integer({ description: 'messages that are not delivered yet' }),
          },
          closed,
        ),
      ),
    }),
    run: ({ caller }) => call(context, caller, 'webhookList', {}),
  }),
  route({
    method: 'POST',
    path: '/webhooks',
    scope: 'admin',
    tag,
    summary: 'Have another program told what happens',
    description:
      'Messages are JSON {type, timestamp, data}, signed as Standard Webhooks has it. What is not answered with a 2xx is sent again for about a day, under the same webhook-id.',
    status: 201,
    body: body({ ...needed, enabled: Type.Optional(enabled) }),
    answer: Type.Composite([Webhook, Secret]),
    run: ({ body: given, caller }) => call(context, caller, 'webhookAdd', given),
  }),
  route({
    method: 'PUT',
    path: '/webhooks/{id}',
    scope: 'admin',
    tag,
    summary: 'Change a webhook',
    description: 'What is left out stays.',
    params: Path,
    body: query({
      ...WebhookFields,
      newSecret: Type.Literal(true, { description: 'makes another secret, which is in the answer' }),
    }),
    answer: Type.Composite([Webhook, Type.Partial(Secret)]),
    run: ({ params, body: given, caller }) => call(context, caller, 'webhookSet', { ...params, ...given }),
  }),
  route({
    method: 'DELETE',
    path: '/webhooks/{id}',
    scope: 'admin',
    tag,
    summary: 'Remove a webhook',
    description: 'What waits for it goes too.',
    params: Path,
    status: 204,
    run: ({ params, caller }) => call(context, caller, 'webhookRemove', params),
  }),
  route({
    method: 'POST',
    path: '/webhooks/{id}/test',
    scope: 'admin',
    tag,
    summary: 'Send a test message',
    description: 'Its deliveries say what became of it.',
    params: Path,
    answer: Type.Object({ id: Id, name: Type.String(), message: Type.String() }),
    run: ({ params, caller }) => call(context, caller, 'webhookTest', params),
  }),
  route({
    method: 'GET',
    path: '/webhooks/{id}/deliveries',
    scope: 'admin',
    tag,
    summary: 'What was sent, what waits, and what came of it',
    description: 'The newest first.',
    params: Path,
    query: query({
      cursor: Type.Integer({ minimum: 1 }),
      limit: Type.Integer({ minimum: 1, maximum: DELIVERIES_PAGE }),
    }),
    answer: Type.Object({
      deliveries: Type.Array(Delivery),
      next: Type.Union([Type.Integer(), Type.Null()]),
    }),
    async run({ params, query: { cursor, limit = 100 }, caller }) {
      const page = await call(context, caller, 'webhookDeliveries', {
        ...{ ...params, limit },
        ...(cursor === undefined ? {} : { before: cursor }),
      });
      const { deliveries } = page;
      return { deliveries, next: deliveries.length === limit ? deliveries.at(-1)!.id : null };
    },
  }),
];
