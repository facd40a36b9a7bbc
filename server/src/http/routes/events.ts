import { Type } from '@sinclair/typebox';
import { EVENTS_PAGE } from '../../store/event-contract.ts';
import type { HttpContext } from '../context.ts';
import { type AnyRoute, route } from '../route.ts';
import { Name, query, Time } from '../shapes.ts';

const Id = Type.Integer({ minimum: 1 });

export const FleetEvent = Type.Object({
  id: Id,
  at: Time,
  actor: Type.String({ description: 'local:USER, token:NAME, session:NAME, board:ALIAS or server' }),
  kind: Type.String({ description: 'such as device.approved' }),
  alias: Type.Optional(Type.String()),
  text: Type.String(),
  data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

export const eventRoutes = ({ store }: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/events',
    scope: 'read',
    tag: 'events',
    summary: 'Who did what, and what boards did',
    description: 'The newest first.',
    query: query({
      alias: Name,
      kind: Type.String({ maxLength: 64, description: 'the kind, or what it begins with: rollout' }),
      actor: Type.String({ maxLength: 100 }),
      since: Time,
      until: Time,
      cursor: Id,
      limit: Type.Integer({ minimum: 1, maximum: EVENTS_PAGE }),
    }),
    answer: Type.Object({ events: Type.Array(FleetEvent), next: Type.Union([Id, Type.Null()]) }),
    async run({ query: { cursor, limit = 100, ...asked } }) {
      const events = await store.events({
        ...asked,
        limit,
        ...(cursor === undefined ? {} : { before: cursor }),
      });
      return { events, next: events.length === limit ? events.at(-1)!.id : null };
    },
  }),
];
