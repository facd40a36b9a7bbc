import { Type } from '@sinclair/typebox';
import { COMMANDS } from '../../commands/commands.ts';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { type AnyRoute, route } from '../route.ts';
import { body, Name, query, Time, word } from '../shapes.ts';

const tag = 'rollouts';
const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) }, { additionalProperties: false });
const Rollout = Type.Object(
  {
    id: Type.Integer(),
    spec: Type.Object({ version: Type.String() }, { additionalProperties: true }),
    state: Type.Object({ phase: Type.String(), wave: Type.Integer() }, { additionalProperties: true }),
    text: Type.String({ description: 'the state for people' }),
    counts: Type.Record(Type.String(), Type.Unknown()),
    created: Time,
  },
  { additionalProperties: true },
);
const Pin = Type.Object(
  { kind: Type.String(), name: Type.String(), version: Type.String() },
  { additionalProperties: true },
);
const PinPath = Type.Object(
  { kind: word(['board', 'group'] as const), name: Name },
  { additionalProperties: false },
);

const changes = (context: HttpContext, word: 'Pause' | 'Resume', summary: string): AnyRoute =>
  route({
    method: 'POST',
    path: `/rollouts/{id}/${word.toLowerCase()}`,
    scope: 'operate',
    tag,
    summary,
    params: Id,
    answer: Type.Object({ rollout: Rollout }),
    run: ({ params, caller }) => call(context, caller, `rollout${word}`, params),
  });

export const rolloutRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/rollouts',
    scope: 'read',
    tag,
    summary: 'List rollouts and pins',
    answer: Type.Object({ rollouts: Type.Array(Rollout), pins: Type.Array(Pin) }),
    run: ({ caller }) => call(context, caller, 'rolloutList', {}),
  }),
  route({
    method: 'POST',
    path: '/rollouts',
    scope: 'operate',
    tag,
    summary: 'Begin a rollout',
    status: 201,
    body: COMMANDS.rolloutCreate.args,
    answer: Type.Object({ rollout: Rollout, replaced: Type.Array(Type.Integer()) }),
    run: ({ body: spec, caller }) => call(context, caller, 'rolloutCreate', spec),
  }),
  route({
    method: 'GET',
    path: '/rollouts/{id}',
    scope: 'read',
    tag,
    summary: 'Look at a rollout',
    params: Id,
    query: query({ board: Name }),
    answer: Type.Object({ rollout: Rollout, board: Type.Optional(Type.Unknown()) }),
    async run({ params: { id }, query: { board }, caller }) {
      if (!(await context.store.rolloutFacts()).rollouts.some((one) => one.id === id))
        throw new Problem(404, `there is no rollout ${id}`);
      return call(context, caller, 'rolloutStatus', { id, ...(board === undefined ? {} : { board }) });
    },
  }),
  changes(context, 'Pause', 'Pause a rollout: no further board begins'),
  changes(context, 'Resume', 'Resume a rollout'),
  route({
    method: 'POST',
    path: '/rollouts/{id}/abort',
    scope: 'operate',
    tag,
    summary: 'End a rollout',
    params: Id,
    body: Type.Object(
      {
        back: Type.Optional(
          Type.Boolean({ description: 'boards go back to the release before, where it is signed for that' }),
        ),
      },
      { additionalProperties: false },
    ),
    answer: Type.Object({ rollout: Rollout }),
    run: ({ params, body: { back }, caller }) =>
      call(context, caller, 'rolloutAbort', { ...params, ...(back === undefined ? {} : { back }) }),
  }),
  route({
    method: 'PUT',
    path: '/pins/{kind}/{name}',
    scope: 'operate',
    tag,
    summary: 'Hold a board or a group at a version',
    params: PinPath,
    body: body({ version: Type.String({ maxLength: 64 }) }),
    answer: Pin,
    run: ({ params, body: { version }, caller }) => call(context, caller, 'pinSet', { ...params, version }),
  }),
  route({
    method: 'DELETE',
    path: '/pins/{kind}/{name}',
    scope: 'operate',
    tag,
    summary: 'Let a board or a group go',
    params: PinPath,
    status: 204,
    run: ({ params, caller }) => call(context, caller, 'pinRemove', params),
  }),
];
