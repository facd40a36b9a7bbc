import { Type } from '@sinclair/typebox';
import { viewOf } from '../../commands/devices.ts';
import { DEVICES_PAGE, SORTS } from '../../fleet-list/query.ts';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { type AnyRoute, route } from '../route.ts';
import { AliasPath, body, Device, Fingerprint, Name, query, Time, word } from '../shapes.ts';

const tag = 'boards';
const DeviceKey = Type.Object(
  {
    alias: Type.String(),
    fingerprint: Type.String(),
    status: Type.String(),
    firstSeen: Time,
    lastSeen: Time,
  },
  { additionalProperties: true },
);
/** A cursor of lists that are sorted anew: where the page begins. */
const Offset = Type.Integer({ minimum: 0, maximum: 10_000_000 });

export const deviceRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/devices',
    scope: 'read',
    tag,
    summary: 'List boards',
    description:
      'One row for each alias: its key that is let in, else the one that waits, else the one that was shut out.',
    query: query({
      search: Type.String({
        maxLength: 100,
        description: 'part of alias, group, platform, version or fingerprint',
      }),
      group: Name,
      status: word(['approved', 'pending', 'revoked'] as const),
      online: Type.Boolean(),
      health: word(['ok', 'trouble'] as const),
      waiting: Type.Boolean({ description: 'whether other keys of the alias wait to be let in' }),
      sort: word(SORTS),
      cursor: Offset,
      limit: Type.Integer({ minimum: 1, maximum: DEVICES_PAGE }),
    }),
    answer: Type.Object({
      devices: Type.Array(Device),
      total: Type.Integer({ description: 'boards that fit' }),
      next: Type.Union([Offset, Type.Null()], { description: 'cursor of the next page' }),
      counts: Type.Record(Type.String(), Type.Integer(), { description: 'of all boards' }),
    }),
    run: ({ query: { cursor, ...asked } }) =>
      context.fleet.page({ ...asked, ...(cursor === undefined ? {} : { offset: cursor }) }),
  }),
  route({
    method: 'GET',
    path: '/devices/{alias}',
    scope: 'read',
    tag,
    summary: 'Look at a board',
    params: AliasPath,
    answer: Type.Object({
      device: Device,
      keys: Type.Array(DeviceKey),
      rollout: Type.Optional(
        Type.Object({ id: Type.Integer() }, { description: 'which says what it should run' }),
      ),
    }),
    async run({ params: { alias } }) {
      const device = await context.fleet.one(alias);
      if (device === undefined) throw new Problem(404, `no board was here as ${alias}`);
      const keys = (await context.store.devicesOf(alias)).map(viewOf);
      const id = context.live.rolloutOf(alias);
      return { device, keys, ...(id === undefined ? {} : { rollout: { id } }) };
    },
  }),
  route({
    method: 'POST',
    path: '/devices/{alias}/approve',
    scope: 'operate',
    tag,
    summary: 'Let a board in that waits',
    description: 'A board that is in already is replaced only when the key of its successor is named.',
    params: AliasPath,
    body: Type.Object({ key: Type.Optional(Fingerprint) }, { additionalProperties: false }),
    answer: Type.Object({ device: DeviceKey }),
    run: ({ params, body: { key }, caller }) =>
      call(context, caller, 'approve', { ...params, ...(key === undefined ? {} : { key }) }),
  }),
  route({
    method: 'POST',
    path: '/devices/{alias}/revoke',
    scope: 'operate',
    tag,
    summary: 'Shut a board out',
    params: AliasPath,
    answer: Type.Object({ alias: Type.String(), revoked: Type.Boolean() }),
    run: ({ params, caller }) => call(context, caller, 'revoke', params),
  }),
  route({
    method: 'PUT',
    path: '/devices/{alias}/groups',
    scope: 'operate',
    tag,
    summary: 'Put a board into groups',
    params: AliasPath,
    body: body({ groups: Type.Array(Name, { maxItems: 100 }) }),
    answer: Type.Object({ alias: Type.String(), groups: Type.Array(Type.String()) }),
    run: ({ params, body: { groups }, caller }) => call(context, caller, 'groupSet', { ...params, groups }),
  }),
  route({
    method: 'GET',
    path: '/groups',
    scope: 'read',
    tag,
    summary: 'List groups',
    answer: Type.Object({
      groups: Type.Array(Type.Object({ name: Type.String(), boards: Type.Integer() })),
    }),
    async run() {
      const boards = new Map<string, number>();
      for (const names of (await context.store.groups()).values())
        for (const name of names) boards.set(name, (boards.get(name) ?? 0) + 1);
      const groups = [...boards].map(([name, count]) => ({ name, boards: count }));
      return { groups: groups.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  }),
  route({
    method: 'POST',
    path: '/enrolments',
    scope: 'operate',
    tag,
    summary: 'Make a token that lets one board in',
    description: 'The token carries a secret that works once. It is told here and kept nowhere.',
    status: 201,
    body: Type.Object(
      {
        alias: Name,
        ttl: Type.Optional(Type.Integer({ description: 'ms for which it can be used, a minute to 30 days' })),
        broker: Type.Optional(Type.String({ maxLength: 512 })),
        secret: Type.Optional(Type.Boolean({ description: 'false: the board then waits for approval' })),
      },
      { additionalProperties: false },
    ),
    answer: Type.Object({
      alias: Type.String(),
      token: Type.String(),
      broker: Type.String(),
      expires: Time,
      replaces: Type.Boolean({ description: 'a board of that alias is in, whose place this one takes' }),
    }),
    run: ({ body: asked, caller }) => call(context, caller, 'enroll', asked),
  }),
];
