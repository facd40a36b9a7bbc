import { Type } from '@sinclair/typebox';
import type { LayerKey } from '../../store/layer-contract.ts';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { ifMatch, setEtag } from '../etag.ts';
import { Problem } from '../problem.ts';
import { type AnyRoute, route } from '../route.ts';
import { AliasPath, body, Name, query, Time } from '../shapes.ts';

const tag = 'configs';
const Version = Type.Integer({ minimum: 1 });
const Text = Type.String({ description: 'JSON as its author wrote it' });
const Fault = Type.Object({
  pointer: Type.String({ description: 'RFC 6901' }),
  message: Type.String(),
  hint: Type.String(),
  alias: Type.Optional(Type.String()),
});
const Change = Type.Object({
  path: Type.String({ description: 'RFC 6901; in a list of sensors their ids' }),
  before: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
});
const Head = Type.Object({
  kind: Type.String(),
  name: Type.String(),
  version: Type.Integer(),
  created: Time,
  actor: Type.String(),
  note: Type.Optional(Type.String()),
  bytes: Type.Integer(),
  removed: Type.Boolean({ description: 'this version took the layer away' }),
});
const Done = Type.Object({
  kind: Type.String(),
  name: Type.String(),
  version: Type.Integer(),
  boards: Type.Integer({ description: 'that it is for' }),
  changed: Type.Array(Type.String(), { description: 'boards that get another config' }),
  same: Type.Boolean({ description: 'it was this very text already' }),
});

/** The three kinds of layers, and how their paths name them. */
const LAYERS = [
  { path: '/configs/fleet', params: Type.Object({}, { additionalProperties: false }), of: 'the fleet' },
  {
    path: '/configs/groups/{name}',
    params: Type.Object({ name: Name }, { additionalProperties: false }),
    of: 'a group',
  },
  {
    path: '/configs/boards/{name}',
    params: Type.Object({ name: Name }, { additionalProperties: false }),
    of: 'a board',
  },
] as const;
const KINDS = ['fleet', 'group', 'board'] as const;

export const configRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/configs',
    scope: 'read',
    tag,
    summary: 'List the layers that there are',
    answer: Type.Object({ layers: Type.Array(Head) }),
    run: ({ caller }) => call(context, caller, 'layerList', {}),
  }),
  ...LAYERS.flatMap((layer, index) => layerRoutes(context, layer, KINDS[index]!)),
  route({
    method: 'GET',
    path: '/devices/{alias}/config',
    scope: 'read',
    tag,
    summary: 'The config that a board gets, and the layers that make it',
    params: AliasPath,
    query: query({ version: Version }),
    answer: Type.Object({
      alias: Type.String(),
      version: Type.Integer(),
      text: Text,
      items: Type.Array(Type.String()),
      created: Time,
      layers: Type.Array(Type.Object({ kind: Type.String(), name: Type.String(), version: Type.Integer() })),
    }),
    async run({ params: { alias }, query: { version }, caller, reply }) {
      if ((await context.store.config(alias, version)) === undefined)
        throw new Problem(404, `${alias} has no such config (yet)`);
      const config = await call(context, caller, 'configGet', {
        alias,
        ...(version === undefined ? {} : { version }),
      });
      setEtag(reply, config.version);
      return config;
    },
  }),
];

function layerRoutes(
  context: HttpContext,
  { path, params, of }: (typeof LAYERS)[number],
  kind: LayerKey['kind'],
): AnyRoute[] {
  const keyOf = (given: unknown): LayerKey => ({ kind, name: (given as { name?: string }).name ?? '' });
  const common = { tag, params } as const;
  return [
    route({
      ...common,
      method: 'GET',
      path,
      scope: 'read',
      summary: `The layer of ${of}`,
      description:
        'The ETag is its version, "0" where there is none; a text of null: it was taken away, or never there.',
      query: query({ version: Version }),
      answer: Type.Object(
        {
          kind: Type.String(),
          name: Type.String(),
          version: Type.Integer(),
          text: Type.Union([Text, Type.Null()]),
        },
        { additionalProperties: true },
      ),
      async run({ params: given, query: { version }, caller, reply }) {
        const key = keyOf(given);
        if (version !== undefined && (await context.store.layer(key, version)) === undefined)
          throw new Problem(404, `there is no version ${version} of it (any more)`);
        const found = await call(context, caller, 'layerGet', {
          ...key,
          ...(version === undefined ? {} : { version }),
        });
        setEtag(reply, found.version);
        return found;
      },
    }),
    route({
      ...common,
      method: 'PUT',
      path,
      scope: 'operate',
      summary: `Change the layer of ${of}`,
      description:
        'If-Match names the version that is changed. Nothing is stored unless the config of every board stays valid.',
      body: Type.Object(
        { text: Type.String(), note: Type.Optional(Type.String({ maxLength: 200 })) },
        { additionalProperties: false },
      ),
      answer: Done,
      async run({ params: given, body: asked, caller, request, reply }) {
        const done = await call(context, caller, 'layerSet', {
          ...keyOf(given),
          ...asked,
          expect: ifMatch(request),
        });
        setEtag(reply, done.version);
        return done;
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      path,
      scope: 'operate',
      summary: `Take the layer of ${of} away`,
      answer: Done,
      async run({ params: given, caller, request, reply }) {
        const done = await call(context, caller, 'layerRemove', {
          ...keyOf(given),
          expect: ifMatch(request),
        });
        setEtag(reply, done.version);
        return done;
      },
    }),
    route({
      ...common,
      method: 'GET',
      path: `${path}/history`,
      scope: 'read',
      summary: `Versions of the layer of ${of}`,
      description: 'The newest first.',
      answer: Type.Object({ versions: Type.Array(Head) }),
      run: ({ params: given, caller }) => call(context, caller, 'layerHistory', keyOf(given)),
    }),
    route({
      ...common,
      method: 'GET',
      path: `${path}/diff`,
      scope: 'read',
      summary: `What is different between two versions of the layer of ${of}`,
      query: Type.Object(
        { from: Type.Integer({ minimum: 0 }), to: Type.Integer({ minimum: 0 }) },
        { additionalProperties: false },
      ),
      answer: Type.Object({ changes: Type.Array(Change) }),
      run: ({ params: given, query: asked, caller }) =>
        call(context, caller, 'layerDiff', { ...keyOf(given), ...asked }),
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/rollback`,
      scope: 'operate',
      summary: `Make an earlier version of the layer of ${of} the newest`,
      body: body({ version: Version }),
      answer: Done,
      async run({ params: given, body: { version }, caller, request, reply }) {
        const done = await call(context, caller, 'layerRollback', {
          ...keyOf(given),
          version,
          expect: ifMatch(request),
        });
        setEtag(reply, done.version);
        return done;
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/check`,
      scope: 'read',
      summary: `What a text would do as the layer of ${of}`,
      description: 'Nothing is stored. Faults with their places, and what it changes of the first boards.',
      body: body({ text: Type.Union([Type.String(), Type.Null()]) }),
      answer: Type.Object({
        ok: Type.Boolean(),
        faults: Type.Array(Fault),
        boards: Type.Integer(),
        changed: Type.Integer(),
        changes: Type.Array(Type.Object({ alias: Type.String(), changes: Type.Array(Change) })),
      }),
      run: ({ params: given, body: { text }, caller }) =>
        call(context, caller, 'layerCheck', { ...keyOf(given), text }),
    }),
  ];
}
