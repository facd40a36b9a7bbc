import { Type } from '@sinclair/typebox';
import type { HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { type AnyRoute, route } from '../route.ts';
import { Name, query } from '../shapes.ts';
import { TOPICS, type Topic } from '../watchers.ts';

const isTopic = (text: string): text is Topic => (TOPICS as readonly string[]).includes(text);

export const streamRoutes = ({ watchers }: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/stream',
    scope: 'read',
    tag: 'events',
    summary: 'Watch what happens, as server-sent events',
    description: `Each message has the name of its topic: ${TOPICS.join(', ')}. Whoever reads too slowly is let go.`,
    query: query({
      alias: Name,
      topics: Type.String({ maxLength: 100, description: 'with commas between; all when left out' }),
    }),
    produces: ['text/event-stream'],
    async run({ query: { alias, topics }, caller, reply }) {
      const names = topics?.split(',') ?? [...TOPICS];
      const unknown = names.find((name) => !isTopic(name));
      if (unknown !== undefined)
        throw new Problem(
          400,
          `query/topics: there is no topic ${JSON.stringify(unknown)}; there are ${TOPICS.join(', ')}`,
        );
      const stream = watchers.watch({
        topics: new Set(names.filter(isTopic)),
        ...{ alias, grant: caller.grant.id },
      });
      return reply
        .type('text/event-stream')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        .send(stream);
    },
  }),
];
