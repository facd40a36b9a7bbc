import { Type } from '@sinclair/typebox';
import { EVENTS_PAGE } from '../store/event-contract.ts';
import { command } from './context.ts';

const Time = Type.Optional(Type.Integer({ minimum: 0 })); // Unix ms

/** Who did what, and what boards did; the newest first. */
export const events = command(
  Type.Object(
    {
      alias: Type.Optional(Type.String({ maxLength: 64 })),
      kind: Type.Optional(Type.String({ maxLength: 64 })),
      actor: Type.Optional(Type.String({ maxLength: 100 })),
      since: Time,
      until: Time,
      before: Type.Optional(Type.Integer({ minimum: 1 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: EVENTS_PAGE })),
    },
    { additionalProperties: false },
  ),
  async ({ store }, query) => ({ events: await store.events(query) }),
);
