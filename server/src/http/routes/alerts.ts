import { Type } from '@sinclair/typebox';
import { Condition, NewRule, Scope } from '../../commands/alerts.ts';
import { ALERTS_PAGE, SEVERITIES } from '../../store/alert-contract.ts';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { ifMatch, setEtag } from '../etag.ts';
import { type AnyRoute, route } from '../route.ts';
import { Id, Name, query, Time, word } from '../shapes.ts';

const tag = 'alerts';
const closed = { additionalProperties: false };
const AlertId = Type.Integer({ minimum: 1 });
const Alert = Type.Object({
  id: AlertId,
  rule: Id,
  name: Type.String(),
  severity: word(SEVERITIES),
  alias: Type.String(),
  item: Type.Optional(Type.String()),
  state: word(['firing', 'acknowledged', 'resolved'] as const),
  since: Time,
  value: Type.Optional(Type.Number()),
  text: Type.String(),
  acknowledgedBy: Type.Optional(Type.String()),
  acknowledgedAt: Type.Optional(Time),
  note: Type.Optional(Type.String()),
  ended: Type.Optional(Time),
});
const Rule = Type.Object({
  id: Id,
  name: Type.String(),
  scope: Scope,
  when: Condition,
  severity: word(SEVERITIES),
  enabled: Type.Boolean(),
  version: Type.Integer(),
  created: Time,
});
const RulePath = Type.Object({ id: Id }, closed);

export const alertRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/alerts',
    scope: 'read',
    tag,
    summary: 'List alerts',
    description: 'The newest first. "open": those that are not over.',
    query: query({
      state: word(['open', 'firing', 'acknowledged', 'resolved'] as const),
      alias: Name,
      rule: Id,
      cursor: AlertId,
      limit: Type.Integer({ minimum: 1, maximum: ALERTS_PAGE }),
    }),
    answer: Type.Object({ alerts: Type.Array(Alert), next: Type.Union([AlertId, Type.Null()]) }),
    async run({ query: { cursor, limit = 100, ...asked }, caller }) {
      const { alerts } = await call(context, caller, 'alertList', {
        ...asked,
        limit,
        ...(cursor === undefined ? {} : { before: cursor }),
      });
      return { alerts, next: alerts.length === limit ? alerts.at(-1)!.id : null };
    },
  }),
  route({
    method: 'POST',
    path: '/alerts/{id}/acknowledge',
    scope: 'operate',
    tag,
    summary: 'Say that somebody sees to an alert',
    params: Type.Object({ id: AlertId }, closed),
    body: Type.Object({ note: Type.Optional(Type.String({ maxLength: 200 })) }, closed),
    answer: Type.Object({ alert: Alert }),
    run: ({ params, body, caller }) => call(context, caller, 'alertAcknowledge', { ...params, ...body }),
  }),
  route({
    method: 'GET',
    path: '/alert-rules',
    scope: 'read',
    tag,
    summary: 'List alert rules',
    answer: Type.Object({ rules: Type.Array(Rule) }),
    run: ({ caller }) => call(context, caller, 'alertRuleList', {}),
  }),
  route({
    method: 'POST',
    path: '/alert-rules',
    scope: 'operate',
    tag,
    summary: 'Add an alert rule',
    status: 201,
    body: NewRule,
    answer: Type.Object({ rule: Rule }),
    run: ({ body, caller }) => call(context, caller, 'alertRuleAdd', body),
  }),
  route({
    method: 'PUT',
    path: '/alert-rules/{id}',
    scope: 'operate',
    tag,
    summary: 'Change an alert rule',
    description: 'If-Match names its version, such as "1". Its open alerts end.',
    params: RulePath,
    body: NewRule,
    answer: Type.Object({ rule: Rule }),
    async run({ params, body, caller, request, reply }) {
      const done = await call(context, caller, 'alertRuleSet', {
        ...params,
        expect: ifMatch(request),
        rule: body,
      });
      setEtag(reply, done.rule.version);
      return done;
    },
  }),
  route({
    method: 'DELETE',
    path: '/alert-rules/{id}',
    scope: 'operate',
    tag,
    summary: 'Remove an alert rule',
    description: 'If-Match names its version. Its open alerts end.',
    params: RulePath,
    status: 204,
    run: ({ params, caller, request }) =>
      call(context, caller, 'alertRuleRemove', { ...params, expect: ifMatch(request) }),
  }),
];
