import { Type } from '@sinclair/typebox';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { type AnyRoute, route } from '../route.ts';
import { GrantShape, Id } from '../shapes.ts';

const tag = 'session';
const Session = Type.Composite([
  GrantShape,
  Type.Object({ own: Type.Boolean({ description: 'it is the one that asks' }) }),
]);

export const sessionRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/sessions',
    scope: 'admin',
    tag,
    summary: 'List the browsers that are logged in',
    answer: Type.Object({ sessions: Type.Array(Session) }),
    run: ({ caller }) => call(context, caller, 'sessionList', {}),
  }),
  route({
    method: 'DELETE',
    path: '/sessions/{id}',
    scope: 'admin',
    tag,
    summary: 'Log a browser out',
    params: Type.Object({ id: Id }, { additionalProperties: false }),
    status: 204,
    run: ({ params, caller }) => call(context, caller, 'sessionEnd', params),
  }),
];
