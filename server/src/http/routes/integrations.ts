import { type TSchema, Type } from '@sinclair/typebox';
import { INTEGRATIONS, SETTINGS } from '../../integrations/settings.ts';
import { call } from '../call.ts';
import type { HttpContext } from '../context.ts';
import { type AnyRoute, route } from '../route.ts';
import { word } from '../shapes.ts';

const tag = 'integrations';
const State = Type.Object(
  { trouble: Type.Optional(Type.String({ description: 'why it does not work at this moment' })) },
  { additionalProperties: true, description: 'of one that runs' },
);
const Integration = Type.Object({
  name: word(INTEGRATIONS),
  setting: Type.Object(
    { on: Type.Boolean() },
    { additionalProperties: true, description: 'secrets are told as "set"' },
  ),
  state: Type.Optional(State),
});

const SUMMARIES: Record<(typeof INTEGRATIONS)[number], [summary: string, description: string]> = {
  prometheus: ['Set the metrics for Prometheus', 'They are at /metrics, for tokens of the scope read.'],
  mirror: [
    'Set the mirror of values on MQTT topics',
    'Retained: PREFIX/ALIAS is JSON {time, values, errors}, PREFIX/ALIAS/ITEM a plain value, PREFIX/ALIAS/online true or false.',
  ],
  homeassistant: [
    'Set the discovery by Home Assistant',
    'Boards show up as devices there (2024.11 or newer), over the broker that Home Assistant uses.',
  ],
  influxdb: [
    'Set where records are written in InfluxDB',
    'Records that come from then on: measurement perch, tag alias, a field for each item. With org, bucket and token for InfluxDB 2, with database for InfluxDB 1.',
  ],
};

export const integrationRoutes = (context: HttpContext): AnyRoute[] => [
  route({
    method: 'GET',
    path: '/integrations',
    scope: 'read',
    tag,
    summary: 'How other programs are told',
    answer: Type.Object({ integrations: Type.Array(Integration) }),
    async run({ caller }) {
      const { integrations } = await call(context, caller, 'integrationList', {});
      return {
        integrations: integrations.map((one) => {
          const state = context.integrations?.state(one.name);
          return { ...one, ...(state === undefined ? {} : { state }) };
        }),
      };
    },
  }),
  ...INTEGRATIONS.map((name) => {
    const [summary, description] = SUMMARIES[name];
    return route({
      method: 'PUT',
      path: `/integrations/${name}`,
      scope: 'admin',
      tag,
      summary,
      description: `${description} Takes effect at once.`,
      body: SETTINGS[name] as TSchema,
      answer: Integration,
      async run({ body, caller }) {
        const { setting } = await call(context, caller, 'integrationSet', {
          name,
          setting: body as Record<string, unknown>,
        });
        return { name, setting };
      },
    });
  }),
];
