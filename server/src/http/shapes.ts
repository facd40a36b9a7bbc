import { Kind, type TSchema, Type, TypeRegistry } from '@sinclair/typebox';
import { SCOPES } from '../store/access-contract.ts';

/** Unix ms. */
export const Time = Type.Integer({ minimum: 0, description: 'milliseconds since 1970' });
/** A name in a path, as boards and groups have them; the commands say what is wrong with one. */
export const Name = Type.String({ minLength: 1, maxLength: 64 });
export const AliasPath = Type.Object({ alias: Name }, { additionalProperties: false });
export const Id = Type.String({ pattern: '^[0-9a-f]{12}$' });
export const Fingerprint = Type.String({ maxLength: 100 });

const closed = { additionalProperties: false };
export const query = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Partial(Type.Object(properties, closed), closed);
export const body = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, closed);

const WORD = 'PerchWord';
TypeRegistry.Set<{ enum: string[] }>(WORD, (schema, value) => schema.enum.includes(value as string));

/** One of some words. */
export const word = <W extends readonly string[]>(words: W) =>
  Type.Unsafe<W[number]>({
    ...{ [Kind]: WORD, type: 'string', enum: [...words] },
    description: `one of ${words.join(', ')}`,
  });

/** A token or a session, without its secret. */
export const GrantShape = Type.Object({
  id: Id,
  name: Type.String(),
  scope: word(SCOPES),
  created: Time,
  expires: Type.Optional(Time),
  used: Type.Optional(Time),
});

export const Device = Type.Object(
  {
    alias: Type.String(),
    fingerprint: Type.String({
      description: "head of the SHA-256 of the board's key, as the board shows it",
    }),
    status: word(['approved', 'pending', 'revoked'] as const),
    platform: Type.String(),
    version: Type.String(),
    configVersion: Type.Integer({ description: 'that it runs; 0: none' }),
    configWanted: Type.Integer({ description: 'that it should run; 0: none' }),
    online: Type.Boolean(),
    health: word(['ok', 'trouble'] as const),
    troubles: Type.Array(Type.String()),
    groups: Type.Array(Type.String()),
    firstSeen: Time,
    lastSeen: Time,
    refused: Type.Optional(Type.Object({ version: Type.Integer(), text: Type.String() })),
    update: Type.Optional(
      Type.Object({
        sequence: Type.Integer(),
        state: Type.String(),
        error: Type.Optional(Type.String()),
        progress: Type.Optional(Type.Number({ description: 'percent' })),
        detail: Type.Optional(Type.String()),
      }),
    ),
    restart: Type.Optional(
      Type.Object({
        reason: Type.String(),
        count: Type.Integer(),
        detail: Type.Optional(Type.String()),
        at: Time,
      }),
    ),
    waiting: Type.Integer({ description: 'other keys of this alias that wait to be let in' }),
    alerts: Type.Integer({ description: 'that have not ended' }),
  },
  closed,
);
