import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mayDo } from '../commands/caller.ts';
import type { Scope } from '../store/access-contract.ts';
import type { Known } from './gate.ts';
import { Problem } from './problem.ts';

/** What a route is given: checked against its schemas. */
export interface Asked<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  caller: Known;
  request: FastifyRequest;
  reply: FastifyReply;
}

interface Words {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /api/v1; parameters in braces, as OpenAPI has them. */
  path: string;
  scope: Scope;
  /** Headline of the group that the route is in. */
  tag: string;
  summary: string;
  description?: string;
  /** Status of a good answer (200). */
  status?: 200 | 201 | 204;
  /** Media types beside JSON that it may be answered in. */
  produces?: readonly string[];
}

export interface Route<P extends TSchema, Q extends TSchema, B extends TSchema> extends Words {
  params?: P;
  query?: Q;
  body?: B;
  /** What a good answer looks like: for the description, and for the tests that hold it to that. */
  answer?: TSchema;
  run(asked: Asked<Static<P>, Static<Q>, Static<B>>): Promise<unknown>;
}

export type AnyRoute = Route<TSchema, TSchema, TSchema>;

/** Types a route by its schemas. */
export const route = <P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema>(
  one: Route<P, Q, B>,
): AnyRoute => one as unknown as AnyRoute;

export const API = '/api/v1';
export const Nothing = Type.Object({}, { additionalProperties: false });

const callers = new WeakMap<FastifyRequest, Known>();
/** The hook that knows who calls puts it here. */
export const setCaller = (request: FastifyRequest, caller: Known): void => void callers.set(request, caller);
/** Who calls; undefined for nobody. */
export const callerOf = (request: FastifyRequest): Known | undefined => callers.get(request);

/** Media types of answers that go on for long. */
const LIVE = new Set(['text/event-stream', 'application/x-ndjson']);

/** Adds routes to the server. A route is for callers of its scope, and takes what its schemas say and nothing else. */
export function addRoutes(app: FastifyInstance, routes: readonly AnyRoute[]): void {
  for (const one of routes)
    app.route({
      method: one.method,
      url: `${API}${one.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      schema: {
        tags: [one.tag],
        summary: one.summary,
        ...(one.description === undefined ? {} : { description: one.description }),
        params: one.params ?? Nothing,
        querystring: one.query ?? Nothing,
        ...(one.body === undefined ? {} : { body: one.body }),
        response: responses(one),
        security: [{ token: [one.scope] }, { session: [one.scope] }],
      },
      // What comes line by line must not wait for a block that is worth compressing.
      ...(one.produces?.some((type) => LIVE.has(type)) ? { compress: false as const } : {}),
      // Before anything else is looked at.
      onRequest: async (request) => void checkCaller(callerOf(request), one.scope),
      handler: async (request, reply) => {
        const caller = checkCaller(callerOf(request), one.scope);
        const { params, query, body } = request;
        if (one.status !== undefined) reply.code(one.status);
        const answer = await one.run({ params, query, body, caller, request, reply } as never);
        if (reply.sent) return reply;
        return one.status === 204 ? reply.send() : answer;
      },
    });
}

/** @throws Problem 401 for nobody, 403 for who may not */
function checkCaller(caller: Known | undefined, needed: Scope): Known {
  if (caller === undefined)
    throw new Problem(401, 'log in, or send a token: Authorization: Bearer perch_...');
  if (!mayDo(caller.scope, needed))
    throw new Problem(403, `this needs the scope ${needed}, and yours is ${caller.scope}`);
  return caller;
}

const ProblemSchema = Type.Object(
  { type: Type.String(), title: Type.String(), status: Type.Integer(), detail: Type.String() },
  { additionalProperties: true, description: 'what was wrong, where, and what to do (RFC 9457)' },
);

function responses({ status = 200, answer, produces = [] }: AnyRoute): Record<string, unknown> {
  const schema = answer ?? Type.Object({}, { additionalProperties: true });
  const content = Object.fromEntries([
    ['application/json', { schema }],
    ...produces.map((type) => [type, { schema: Type.String() }]),
  ]);
  return {
    [status]: status === 204 ? { type: 'null', description: 'done' } : { description: 'done', content },
    default: {
      description: 'nothing was done',
      content: { 'application/problem+json': { schema: ProblemSchema } },
    },
  };
}
