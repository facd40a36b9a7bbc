import { Type } from '@sinclair/typebox';
import { SCOPES } from '../../store/access-contract.ts';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { type AnyRoute, route } from '../route.ts';
import { GrantShape, Id, word } from '../shapes.ts';

const tag = 'tokens';

export const tokenRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/tokens',
    scope: 'admin',
    tag,
    summary: 'List the tokens of the API',
    answer: Type.Object({ tokens: Type.Array(GrantShape) }),
    run: ({ caller }) => call(context, caller, 'tokenList', {}),
  }),
  route({
    method: 'POST',
    path: '/tokens',
    scope: 'admin',
    tag,
    summary: 'Make a token of the API',
    description: 'The token is told here and kept nowhere.',
    status: 201,
    body: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 64 }),
        scope: word(SCOPES),
        ttl: Type.Optional(Type.Integer({ description: 'ms after which it ends; it stays without' })),
      },
      { additionalProperties: false },
    ),
    answer: Type.Composite([GrantShape, Type.Object({ token: Type.String() })]),
    run: ({ body, caller }) => call(context, caller, 'tokenAdd', body),
  }),
  route({
    method: 'DELETE',
    path: '/tokens/{id}',
    scope: 'admin',
    tag,
    summary: 'Revoke a token of the API',
    params: Type.Object({ id: Id }, { additionalProperties: false }),
    status: 204,
    run: ({ params, caller }) => call(context, caller, 'tokenRevoke', params),
  }),
];
