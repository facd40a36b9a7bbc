import { Type } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import { remember } from '../commands/remember.ts';
import { SCOPES } from '../store/access-contract.ts';
import type { HttpContext } from './context.ts';
import type { Gate, Known } from './gate.ts';
import { SESSION_MS } from './limits.ts';
import { Problem } from './problem.ts';
import { API, callerOf } from './route.ts';
import { csrfOf, hashOf, newId, newSecret, SECRET_LIMIT } from './secrets.ts';

export const Session = Type.Object({
  name: Type.String(),
  scope: Type.Union(SCOPES.map((scope) => Type.Literal(scope))),
  /** Goes into the header x-perch-csrf of every request that changes something; of sessions only. */
  csrf: Type.Optional(Type.String()),
  expires: Type.Optional(Type.Integer()),
});

const shown = ({ grant, csrf }: Pick<Known, 'grant' | 'csrf'>) => ({
  name: grant.name,
  scope: grant.scope,
  ...(csrf === undefined ? {} : { csrf }),
  ...(grant.expires === undefined ? {} : { expires: grant.expires }),
});

const notKnown = (): Problem =>
  new Problem(
    401,
    'this link was used already or is too old, or the token is not known; perch-server login makes a new link',
  );

/** Logging in, asking who is logged in, and logging out. */
export function addSession(app: FastifyInstance, gate: Gate, context: HttpContext): void {
  const { store, now } = context;
  const url = `${API}/session`;
  const tags = ['session'];
  const answer = {
    response: { 200: { description: 'done', content: { 'application/json': { schema: Session } } } },
  };
  const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure: gate.secure } as const;

  app.get(url, { schema: { tags, summary: 'Who is logged in', ...answer } }, async (request) => {
    const known = callerOf(request);
    if (known === undefined) throw new Problem(401, 'nobody is logged in');
    return shown(known);
  });

  app.post(
    url,
    {
      schema: {
        tags,
        summary: 'Log in',
        description:
          'With the secret of a link, which is used up by that, or with a token. The answer sets a cookie.',
        body: Type.Object(
          { secret: Type.String({ minLength: 1, maxLength: SECRET_LIMIT }) },
          { additionalProperties: false },
        ),
        ...answer,
      },
    },
    async (request, reply) => {
      gate.countLogin(request);
      gate.checkSite(request);
      const { secret } = request.body as { secret: string };
      const hash = hashOf(secret);
      const from = (await store.takeGrant('link', hash, now())) ?? (await store.grant('token', hash, now()));
      if (from === undefined) throw notKnown();
      const own = newSecret();
      const created = now();
      const expires = Math.min(
        created + SESSION_MS,
        from.kind === 'token' ? (from.expires ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
      );
      const grant = {
        kind: 'session',
        id: newId(),
        name: from.name,
        scope: from.scope,
        secretSha256: hashOf(own),
        created,
        expires,
        ...(from.kind === 'token' ? { parent: from.id } : {}),
      } as const;
      // The token may have been revoked in between.
      if (!(await store.addGrant(grant))) throw notKnown();
      // The browser forgets the one before, so nobody else should be able to use it.
      const before = callerOf(request);
      if (before?.grant.kind === 'session') await store.removeGrant('session', before.grant.id);
      await remember(context, [
        {
          at: created,
          actor: `session:${grant.name}`,
          kind: 'session.begun',
          text: `logged in with the scope ${grant.scope}`,
        },
      ]);
      reply.setCookie(gate.cookie, own, { ...cookie, maxAge: Math.floor((expires - created) / 1000) });
      return shown({ grant, csrf: csrfOf(own) });
    },
  );

  app.delete(
    url,
    { schema: { tags, summary: 'Log out', response: { 204: { type: 'null', description: 'done' } } } },
    async (request, reply) => {
      const known = callerOf(request);
      if (known?.grant.kind === 'session' && (await store.removeGrant('session', known.grant.id)))
        await remember(context, [
          { at: now(), actor: known.actor, kind: 'session.ended', text: 'logged out' },
        ]);
      return reply.clearCookie(gate.cookie, cookie).code(204).send();
    },
  );
}
