import { Type } from '@sinclair/typebox';
import { Time } from './shapes.ts';

// What boards sent, as the API tells it.

const closed = { additionalProperties: false };
const Value = Type.Union([Type.Number(), Type.String(), Type.Boolean()]);
/** By the board's clock, which may be before 1970. */
const BoardTime = Type.Integer({ description: "milliseconds since 1970 by the board's clock" });
const OptionalNumbers = Type.Optional(Type.Array(Type.Union([Type.Number(), Type.Null()])));
const Count = Type.Integer({ minimum: 0 });

export const LatestItem = Type.Object(
  {
    name: Type.String(),
    unit: Type.Optional(Type.String({ description: 'UCUM' })),
    value: Type.Optional(Value),
    error: Type.Optional(Type.String({ description: 'why there is no value' })),
    at: BoardTime,
    per: Type.Integer({ description: 'period, ms' }),
    old: Type.Optional(Type.Literal(true, { description: 'newer records have had nothing of it for long' })),
  },
  closed,
);

export const Record = Type.Object(
  {
    alias: Type.String(),
    stream: Type.String(),
    number: Count,
    timestamp: BoardTime,
    synchronised: Type.Boolean({ description: "whether the board's clock was set" }),
    per: Type.Integer({ description: 'period, ms' }),
    configVersion: Type.Integer(),
    version: Type.String({ description: 'of the agent' }),
    boot: Type.String(),
    sinceBoot: Type.Optional(Type.Integer()),
    values: Type.Record(Type.String(), Value),
    errors: Type.Record(Type.String(), Type.String()),
    received: Time,
  },
  closed,
);

export const Gap = Type.Object(
  {
    alias: Type.String(),
    stream: Type.String(),
    from: Count,
    to: Count,
    count: Count,
    since: BoardTime,
    until: BoardTime,
    why: Type.String(),
    received: Time,
    missing: Type.Integer({ description: 'records of it that are not stored, at most' }),
  },
  closed,
);

export const Series = Type.Object(
  {
    since: BoardTime,
    until: BoardTime,
    bucket: Type.Integer({ description: 'ms; 0: each record is a point' }),
    source: Type.Union([Type.Literal('raw'), Type.Literal('hours')]),
    series: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          unit: Type.Optional(Type.String({ description: 'UCUM' })),
          t: Type.Array(BoardTime, { description: 'where a bucket begins, or when a record was taken' }),
          n: Type.Array(Count, { description: 'numbers in each' }),
          mean: OptionalNumbers,
          min: OptionalNumbers,
          max: OptionalNumbers,
          sum: OptionalNumbers,
          count: Type.Optional(Type.Array(Count)),
          last: Type.Optional(Type.Array(Type.Union([Value, Type.Null()]))),
        },
        closed,
      ),
    ),
    errors: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          t: Type.Array(BoardTime),
          reason: Type.Array(Type.String(), { description: 'of the last error of each' }),
          n: Type.Array(Count, { description: 'errors in each' }),
        },
        closed,
      ),
    ),
    gaps: Type.Array(Gap),
    incomplete: Type.Optional(
      Type.Literal(true, { description: 'numbers of some hours are not made yet; ask again later' }),
    ),
  },
  closed,
);
