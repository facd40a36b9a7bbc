import { PassThrough, type Readable } from 'node:stream';
import { Type } from '@sinclair/typebox';
import { runCommand } from '../../commands/commands.ts';
import { TRAITS, type Traits } from '../../commands/traits.ts';
import { sparing } from '../../local-socket/sparing.ts';
import { ALIVE_MS, type Line } from '../../local-socket/wire.ts';
import type { HttpContext } from '../context.ts';
import { Problem, problemOf } from '../problem.ts';
import { type AnyRoute, route } from '../route.ts';
import { Id } from '../shapes.ts';

const tag = 'command line';

/**
 * Arguments that name files are names of files that were sent before: paths of this machine are nobody's business. Rejects, and drops
 * the files, when one of them is none.
 */
async function withFiles(
  { uploads }: HttpContext,
  owner: string,
  { files = [] }: Traits,
  args: Record<string, unknown>,
) {
  const listOf = (value: unknown): unknown[] =>
    Array.isArray(value) ? value : value === undefined ? [] : [value];
  const names = files.flatMap((key) => listOf(args[key]).map(String));
  const drop = () => Promise.all(names.map((name) => uploads.drop(owner, name)));
  const pathOf = (name: unknown): string => uploads.path(owner, String(name));
  const found = { ...args };
  try {
    for (const key of files) {
      const value = found[key];
      if (Array.isArray(value)) found[key] = value.map(pathOf);
      else if (value !== undefined) found[key] = pathOf(value);
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { args: found, drop };
}

export const commandRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'POST',
    path: '/uploads',
    scope: 'admin',
    tag,
    summary: 'Send a file that a command then names as upload:ID',
    status: 201,
    answer: Type.Object({ id: Type.String(), bytes: Type.Integer() }),
    async run({ request, caller }) {
      const { body } = request;
      if (typeof body !== 'object' || body === null || !('pipe' in body))
        throw new Problem(415, 'the body must be the file, with the content type application/octet-stream');
      return context.uploads.take(caller.grant.id, body as Readable);
    },
  }),
  route({
    method: 'DELETE',
    path: '/uploads/{id}',
    scope: 'admin',
    tag,
    summary: 'Take back a file that was sent',
    params: Type.Object({ id: Id }, { additionalProperties: false }),
    status: 204,
    async run({ params: { id }, caller }) {
      if (!(await context.uploads.drop(caller.grant.id, `upload:${id}`)))
        throw new Problem(404, `${id} is no file that you sent, or it was used already`);
    },
  }),
  route({
    method: 'POST',
    path: '/commands/{name}',
    // Each command has its own scope, which runCommand looks at.
    scope: 'read',
    tag,
    summary: 'Run a command of perch-server',
    description:
      'Answered by lines of JSON: {"progress": {"done", "total"}} or {"alive": true} while it works, and {"result": ...} or {"error": ...} at the end.',
    params: Type.Object({ name: Type.String({ maxLength: 40 }) }, { additionalProperties: false }),
    body: Type.Record(Type.String(), Type.Unknown()),
    produces: ['application/x-ndjson'],
    async run({ params: { name }, body, caller, reply }) {
      const traits = Object.hasOwn(TRAITS, name)
        ? (TRAITS[name as keyof typeof TRAITS] as Traits)
        : undefined;
      if (traits === undefined) throw new Problem(404, `there is no command ${JSON.stringify(name)}`);
      if (traits.local)
        throw new Problem(403, `${name} works with files of the server's machine; run it there`);
      const { args, drop } = await withFiles(context, caller.grant.id, traits, body);
      const lines = new PassThrough();
      const send = (line: Line): void => {
        if (lines.writable) lines.write(`${JSON.stringify(line)}\n`);
      };
      const alive = setInterval(() => send({ alive: true }), ALIVE_MS);
      const progress = sparing((done, total) => send({ progress: { done, total } }));
      runCommand(context, caller, name, args, progress)
        .then(
          (result) => send({ result }),
          (thrown: unknown) => {
            const error = context.uploads.cloak(thrown);
            const { detail, code, type: _, title: __, status, ...data } = problemOf(error);
            if (status >= 500) context.failed(`command ${name}`, error);
            send({ error: { message: detail, data, ...(typeof code === 'string' ? { code } : {}) } });
          },
        )
        .finally(async () => {
          clearInterval(alive);
          lines.end();
          await drop();
        })
        .catch((error: unknown) => context.failed(`files of the command ${name}`, error));
      reply.type('application/x-ndjson').header('cache-control', 'no-store');
      return reply.send(lines);
    },
  }),
];
