import { Retention } from '../../series/retention.ts';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { type AnyRoute, route } from '../route.ts';

const tag = 'values';

export const retentionRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/retention',
    scope: 'read',
    tag,
    summary: 'How long values are kept',
    answer: Retention,
    run: ({ caller }) => call(context, caller, 'retentionGet', {}),
  }),
  route({
    method: 'PUT',
    path: '/retention',
    scope: 'admin',
    tag,
    summary: 'Say how long values are kept',
    description: 'What is older goes within minutes, and does not come back.',
    body: Retention,
    answer: Retention,
    async run({ body, caller }) {
      const { rawDays, hourDays } = await call(context, caller, 'retentionSet', body);
      return { rawDays, hourDays };
    },
  }),
];
