import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Store } from '../store/contract.ts';
import { URL_LIMIT } from './http-post.ts';

const closed = { additionalProperties: false };
const On = Type.Boolean({ description: 'whether it runs' });
const Secret = (description: string) =>
  Type.Optional(
    Type.String({
      maxLength: 1_024,
      description: `${description}; left out, the one that is set stays while the address does; empty: none`,
    }),
  );
const Prefix = (otherwise: string) =>
  Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._-]{1,32}(/[A-Za-z0-9._-]{1,32}){0,7}$',
      description: `words of A-Z a-z 0-9 . _ - with / between, that topics begin with (${otherwise})`,
    }),
  );
const Ca = Type.Optional(
  Type.String({ maxLength: 65_536, description: 'PEM of a certificate authority of your own' }),
);
const BrokerFields = {
  broker: Type.Optional(
    Type.String({
      pattern: '^mqtts?://[^@/?#\\s]+/?$',
      maxLength: 512,
      description: "mqtt:// or mqtts:// URL without credentials; left out: the server's own broker",
    }),
  ),
  username: Type.Optional(Type.String({ maxLength: 256 })),
  password: Secret('password for the broker'),
  ca: Ca,
};

export const MIRROR_PREFIX = 'perch/mirror';
export const HOME_ASSISTANT_PREFIX = 'perch/homeassistant';
export const DISCOVERY_PREFIX = 'homeassistant';

/** What can be set of each integration. All are off until somebody switches them on. */
export const SETTINGS = {
  prometheus: Type.Object(
    {
      on: On,
      open: Type.Optional(
        Type.Boolean({
          description:
            'whether programs on this very machine need no token (false); without effect where the server is told of a proxy, by --public-url or --trust-proxy',
        }),
      ),
    },
    closed,
  ),
  mirror: Type.Object({ on: On, prefix: Prefix(MIRROR_PREFIX), ...BrokerFields }, closed),
  homeassistant: Type.Object(
    {
      ...{ on: On, prefix: Prefix(HOME_ASSISTANT_PREFIX), discovery: Prefix(DISCOVERY_PREFIX) },
      ...BrokerFields,
    },
    closed,
  ),
  influxdb: Type.Object(
    {
      on: On,
      url: Type.Optional(
        Type.String({
          maxLength: URL_LIMIT,
          description: 'such as http://127.0.0.1:8086, without credentials',
        }),
      ),
      org: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'of InfluxDB 2' })),
      bucket: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'of InfluxDB 2' })),
      token: Secret('token of InfluxDB 2'),
      database: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'of InfluxDB 1' })),
      username: Type.Optional(Type.String({ maxLength: 256, description: 'of InfluxDB 1' })),
      password: Secret('of InfluxDB 1'),
      ca: Ca,
    },
    closed,
  ),
} as const;

export type IntegrationName = keyof typeof SETTINGS;
export type Setting<N extends IntegrationName> = Static<(typeof SETTINGS)[N]>;
export type AnySetting = { [N in IntegrationName]: Setting<N> }[IntegrationName];
export const INTEGRATIONS = Object.keys(SETTINGS) as IntegrationName[];

/** Members that are never told back, and the one that says where they are sent. */
const SECRETS = ['password', 'token'] as const;
const ADDRESSES = ['broker', 'url'] as const;
/** Members of the other version of InfluxDB, for which a secret is not. */
const NOT_WITH = { token: ['database'], password: ['org', 'bucket'] } as const;
/** What is told in the place of a secret. */
export const IS_SET = 'set';

type Loose = { on: boolean } & Partial<
  Record<(typeof SECRETS)[number] | (typeof ADDRESSES)[number] | 'database' | 'org' | 'bucket', string>
>;

/** A setting without its secrets: for people, the API and logs. Pure. */
export function settingView<S extends AnySetting>(setting: S): S {
  const view: Loose = { ...(setting as Loose) };
  for (const name of SECRETS) if (view[name] !== undefined) view[name] = IS_SET;
  return view as S;
}

/**
 * The setting to store when `given` is to take the place of `before`. A secret that is left out, or given as it was told (`set`),
 * stays, unless the address is another, or InfluxDB of another version: a secret goes where it was meant to and nowhere else. Pure.
 * @throws PerchError MALFORMED for `set` where none is
 */
export function settingAfter<S extends AnySetting>(before: S, given: S): S {
  const [old, next]: [Loose, Loose] = [before as Loose, { ...(given as Loose) }];
  const same = ADDRESSES.every((name) => old[name] === next[name]);
  for (const name of SECRETS) {
    if (next[name] === undefined || next[name] === IS_SET) {
      const other = NOT_WITH[name].some((member) => next[member] !== undefined);
      const kept = same && !other ? old[name] : undefined;
      if (kept === undefined && next[name] === IS_SET)
        throw new PerchError(
          'MALFORMED',
          `${name}: ${other ? `leave it out beside ${NOT_WITH[name].join(' and ')}` : `give the ${name} itself, as none is set for this address`}`,
        );
      if (kept === undefined) delete next[name];
      else next[name] = kept;
    } else if (next[name] === '') delete next[name];
  }
  return next as S;
}

const settingName = (name: IntegrationName): string => `integration.${name}`;

/** @throws TypeError when what is stored does not fit, as that of a newer Perch */
export async function loadSetting<N extends IntegrationName>(
  store: Pick<Store, 'getSetting'>,
  name: N,
): Promise<Setting<N>> {
  const text = await store.getSetting(settingName(name));
  if (text === undefined) return { on: false } as Setting<N>;
  const stored: unknown = JSON.parse(text);
  if (!Value.Check(SETTINGS[name], stored))
    throw new TypeError(`the setting of the integration ${name} is not one that this version knows`);
  return stored as Setting<N>;
}

export const saveSetting = <N extends IntegrationName>(
  store: Pick<Store, 'setSetting'>,
  name: N,
  setting: Setting<N>,
): Promise<void> => store.setSetting(settingName(name), JSON.stringify(setting));
