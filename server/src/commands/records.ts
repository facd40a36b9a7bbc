import { checkAlias } from '@perch/broker-bridge/protocol/topics.ts';
import { Type } from '@sinclair/typebox';
import { GAPS_PAGE, RECORDS_PAGE } from '../store/contract.ts';
import { command } from './context.ts';

const Time = Type.Integer({ minimum: 0 }); // Unix ms

export const records = command(
  Type.Object(
    {
      alias: Type.String(),
      since: Type.Optional(Time),
      until: Type.Optional(Time),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: RECORDS_PAGE })),
      order: Type.Optional(Type.Union([Type.Literal('newest'), Type.Literal('oldest')])),
    },
    { additionalProperties: false },
  ),
  async ({ store }, { alias, ...query }) => ({ records: await store.records(checkAlias(alias), query) }),
);

/** Records that the board gave up, as far as they are not stored. */
export const gaps = command(
  Type.Object(
    {
      alias: Type.String(),
      since: Type.Optional(Time),
      until: Type.Optional(Time),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: GAPS_PAGE })),
    },
    { additionalProperties: false },
  ),
  async ({ store }, { alias, ...query }) => ({ gaps: await store.gaps(checkAlias(alias), query) }),
);
