import { configJsonSchema } from '@perch/broker-bridge/config/json-schema.ts';
import { Type } from '@sinclair/typebox';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { type AnyRoute, route } from '../route.ts';

const tag = 'about';

const schema = configJsonSchema();

export const aboutRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/status',
    scope: 'read',
    tag,
    summary: 'How the server is',
    answer: Type.Object(
      {
        version: Type.String(),
        connected: Type.Boolean(),
        sessions: Type.Integer(),
        records: Type.Integer(),
      },
      { additionalProperties: true },
    ),
    run: ({ caller }) => call(context, caller, 'status', {}),
  }),
  route({
    method: 'GET',
    path: '/config-schema',
    scope: 'read',
    tag: 'configs',
    summary: 'The JSON Schema of a config',
    answer: Type.Record(Type.String(), Type.Unknown()),
    run: async () => schema,
  }),
];
