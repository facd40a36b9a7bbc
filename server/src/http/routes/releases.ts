import type { Readable } from 'node:stream';
import { SEQUENCE_LIMIT } from '@perch/broker-bridge/update/release-target.ts';
import { Type } from '@sinclair/typebox';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { type AnyRoute, route } from '../route.ts';
import { query, Time } from '../shapes.ts';

const tag = 'releases';
const Release = Type.Object({
  platform: Type.String(),
  version: Type.String(),
  sequence: Type.Integer(),
  length: Type.Integer({ description: 'bytes' }),
  sha256: Type.String(),
  indexSha256: Type.String(),
  created: Time,
});
const Version = Type.String({ maxLength: 64 });

export const releaseRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/releases',
    scope: 'read',
    tag,
    summary: 'List releases',
    query: query({ platform: Version }),
    answer: Type.Object({
      releases: Type.Array(
        Type.Composite([
          Release,
          Type.Object({
            held: Type.Boolean({ description: 'only rollouts and pins give it to boards' }),
            wanted: Type.Boolean({ description: 'boards get it that no rollout leads elsewhere' }),
          }),
        ]),
      ),
    }),
    run: ({ query: asked, caller }) => call(context, caller, 'releaseList', asked),
  }),
  route({
    method: 'POST',
    path: '/releases',
    scope: 'admin',
    tag,
    summary: 'Publish a release',
    description:
      'The body is the executable (application/octet-stream). The server looks at it, signs it and offers it.',
    status: 201,
    query: Type.Object(
      {
        platform: Version,
        version: Version,
        hold: Type.Optional(Type.Boolean({ description: 'only a rollout or a pin gives it to boards' })),
        mayReplace: Type.Optional(Type.Integer({ minimum: 1, maximum: SEQUENCE_LIMIT })),
      },
      { additionalProperties: false },
    ),
    answer: Type.Object({ published: Type.Boolean(), wanted: Type.Boolean(), release: Release }),
    async run({ query: asked, request, caller }) {
      if (!isStream(request.body))
        throw new Problem(
          415,
          'the body must be the executable, with the content type application/octet-stream',
        );
      const owner = caller.grant.id;
      const { id } = await context.uploads.take(owner, request.body);
      const name = `upload:${id}`;
      try {
        return await call(context, caller, 'releasePublish', {
          ...asked,
          file: context.uploads.path(owner, name),
        });
      } catch (error) {
        throw context.uploads.cloak(error);
      } finally {
        await context.uploads.drop(owner, name);
      }
    },
  }),
];

const isStream = (body: unknown): body is Readable =>
  typeof body === 'object' && body !== null && 'pipe' in body;
