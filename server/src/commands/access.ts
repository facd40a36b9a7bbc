import { Type } from '@sinclair/typebox';
import { LINK_MS } from '../http/limits.ts';
import { hashOf, newId, newSecret, TOKEN_PREFIX } from '../http/secrets.ts';
import { type Grant, SCOPES } from '../store/access-contract.ts';
import { command } from './context.ts';
import { CommandRefused } from './refusal.ts';

const closed = { additionalProperties: false };
const ScopeWord = Type.Union(SCOPES.map((scope) => Type.Literal(scope)));
const GrantName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}$',
  description: '1 to 64 letters, digits, spaces and . _ @ -, a letter or digit first',
});
/** How long a token may be good for, in ms: a minute to ten years. */
export const TOKEN_TTL = { least: 60_000, most: 10 * 365 * 86_400_000 } as const;

export type GrantView = Omit<Grant, 'kind' | 'secretSha256' | 'parent'>;

/** A grant as commands tell it. */
const grantView = ({ kind: _, secretSha256: __, parent: ___, ...grant }: Grant): GrantView => grant;

/** A link that logs one browser in. The secret in it is told once and kept nowhere. */
export const login = command(
  Type.Object({ name: Type.Optional(GrantName), scope: Type.Optional(ScopeWord) }, closed),
  async ({ store, settings, now }, { name = 'admin', scope = 'admin' }) => {
    if (settings.page === '')
      throw new CommandRefused('this server serves no page, as it was started with --no-http');
    const secret = newSecret();
    const created = now();
    const grant: Grant = {
      ...{
        kind: 'link',
        id: newId(),
        name,
        scope,
        secretSha256: hashOf(secret),
        created,
        expires: created + LINK_MS,
      },
    };
    await store.addGrant(grant);
    // Behind the hash sign, which browsers send to nobody.
    return { ...grantView(grant), url: `${settings.page}/#login=${secret}`, expires: created + LINK_MS };
  },
);

/** A token of the API. It is told once and kept nowhere. */
export const tokenAdd = command(
  Type.Object(
    {
      name: GrantName,
      scope: ScopeWord,
      ttl: Type.Optional(Type.Integer({ minimum: TOKEN_TTL.least, maximum: TOKEN_TTL.most })), // ms
    },
    closed,
  ),
  async ({ store, now }, { name, scope, ttl }) => {
    const token = newSecret(TOKEN_PREFIX);
    const created = now();
    if ((await store.grants('token', created)).some((grant) => grant.name === name))
      throw new CommandRefused(
        `there is a token ${JSON.stringify(name)} already; revoke it, or choose another name`,
      );
    const grant: Grant = {
      ...{ kind: 'token', id: newId(), name, scope, secretSha256: hashOf(token), created },
      ...(ttl === undefined ? {} : { expires: created + ttl }),
    };
    await store.addGrant(grant);
    return { ...grantView(grant), token };
  },
);

export const tokenList = command(Type.Object({}, closed), async ({ store, now }) => ({
  tokens: (await store.grants('token', now())).map(grantView),
}));

/** By its id or its name. Sessions that were begun with it end too. */
export const tokenRevoke = command(
  Type.Object({ id: Type.String({ maxLength: 64 }) }, closed),
  async ({ store, now }, { id }) => {
    const found = (await store.grants('token', now())).find((grant) => grant.id === id || grant.name === id);
    if (found === undefined || !(await store.removeGrant('token', found.id)))
      throw new CommandRefused(`there is no token ${JSON.stringify(id)}; see perch-server token list`);
    return grantView(found);
  },
);

/** Browsers that are logged in. `own`: the one that asks. */
export const sessionList = command(Type.Object({}, closed), async ({ store, now }, _, __, { grant }) => ({
  sessions: (await store.grants('session', now())).map((each) => ({
    ...grantView(each),
    own: grant?.kind === 'session' && grant.id === each.id,
  })),
}));

export const sessionEnd = command(
  Type.Object({ id: Type.String({ maxLength: 64 }) }, closed),
  async ({ store, now }, { id }) => {
    const found = (await store.grants('session', now())).find((grant) => grant.id === id);
    if (found === undefined || !(await store.removeGrant('session', id)))
      throw new CommandRefused(`there is no session ${JSON.stringify(id)}; see perch-server session list`);
    return grantView(found);
  },
);
