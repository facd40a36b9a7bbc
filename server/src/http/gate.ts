import type { FastifyRequest } from 'fastify';
import type { Caller } from '../commands/caller.ts';
import { RateLimit } from '../rate-limit.ts';
import type { Grant } from '../store/access-contract.ts';
import type { Store } from '../store/contract.ts';
import { forgery, isOurHost } from './door.ts';
import { CALLER_RATE, LOGIN_RATE, RATE_KEYS, USED_EVERY_MS } from './limits.ts';
import { type HttpOptions, hostsOf, isSecure } from './options.ts';
import { Problem } from './problem.ts';
import { API } from './route.ts';
import { csrfOf, hashOf, SECRET_LIMIT } from './secrets.ts';

/** A caller who is known, and by what. */
export interface Known extends Caller {
  grant: Grant;
  /** Of a session. */
  csrf?: string;
}

const seconds = (perSecond: number): string => String(Math.ceil(1 / perSecond));

/** Says who calls, or that he may not. */
export class Gate {
  readonly cookie: string;
  readonly secure: boolean;
  readonly #store: Store;
  readonly #now: () => number;
  readonly #hosts: ReadonlySet<string> | undefined;
  /** A proxy may say another Host than the browser did. */
  readonly #publicHost: readonly string[];
  readonly #logins = new RateLimit({ ...LOGIN_RATE, keys: RATE_KEYS });
  readonly #callers = new RateLimit({ ...CALLER_RATE, keys: RATE_KEYS });

  constructor(options: HttpOptions, store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.secure = isSecure(options);
    // A cookie of that prefix must be Secure and of this very host (RFC 6265bis, section 4.1.3.2).
    this.cookie = this.secure ? '__Host-perch' : 'perch';
    this.#hosts = hostsOf(options);
    this.#publicHost = options.publicUrl === undefined ? [] : [new URL(options.publicUrl).host];
  }

  /** @throws Problem 421 for a request that is meant for another host */
  checkHost(request: FastifyRequest): void {
    if (!isOurHost(request.headers.host, this.#hosts))
      throw new Problem(
        421,
        `this server does not answer to the name ${JSON.stringify(request.headers.host ?? '')}; say with --public-url under which address it is reached`,
      );
  }

  /** One more try of this address to log in. @throws Problem 429 */
  countLogin(request: FastifyRequest): void {
    if (!this.#logins.take(request.ip, this.#now()))
      throw new Problem(429, 'too many tries from this address; wait a minute', {
        retryAfter: seconds(LOGIN_RATE.perSecond),
      });
  }

  /** A login by another site would put its own session into the browser. @throws Problem 403 */
  checkSite(request: FastifyRequest): void {
    const site = one(request.headers['sec-fetch-site']);
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      throw new Problem(403, `refused: it comes from another site (${site})`);
  }

  /**
   * Who calls: by `Authorization: Bearer TOKEN`, else by the session's cookie. Undefined for nobody.
   * @throws Problem 401 for a secret that is not good (any more), 403 for what may be another site's doing, 429
   */
  async who(request: FastifyRequest): Promise<Known | undefined> {
    const known = (await this.#byToken(request)) ?? (await this.#bySession(request));
    if (known === undefined) return undefined;
    if (!this.#callers.take(`${known.grant.kind} ${known.grant.id}`, this.#now()))
      throw new Problem(429, `more than ${CALLER_RATE.perSecond} requests a second; slow down`, {
        retryAfter: seconds(CALLER_RATE.perSecond),
      });
    await this.#used(known.grant);
    return known;
  }

  async #byToken(request: FastifyRequest): Promise<Known | undefined> {
    const header = request.headers.authorization;
    // Another scheme is another's: a proxy that asks for a password of its own passes it on.
    if (header === undefined || !/^Bearer( |$)/i.test(header)) return undefined;
    const [, secret] = /^Bearer ([\x21-\x7e]+)$/i.exec(header) ?? [];
    const grant =
      secret === undefined || secret.length > SECRET_LIMIT
        ? undefined
        : await this.#store.grant('token', hashOf(secret), this.#now());
    if (grant !== undefined) return { actor: `token:${grant.name}`, scope: grant.scope, grant };
    this.countLogin(request);
    throw new Problem(401, 'this token is not known, has expired or was revoked');
  }

  async #bySession(request: FastifyRequest): Promise<Known | undefined> {
    const secret = request.cookies[this.cookie];
    if (secret === undefined || secret.length > SECRET_LIMIT) return undefined;
    const grant = await this.#store.grant('session', hashOf(secret), this.#now());
    if (grant === undefined) return undefined;
    const csrf = csrfOf(secret);
    const { headers, method } = request;
    const why = forgery(
      {
        method,
        hosts: [headers.host?.toLowerCase() ?? '', ...this.#publicHost],
        origin: headers.origin,
        site: one(headers['sec-fetch-site']),
        csrf: one(headers['x-perch-csrf']),
      },
      // A link is opened by a page that has not asked yet who is logged in.
      isLogin(request) ? undefined : csrf,
    );
    if (why !== undefined) throw new Problem(403, `refused: ${why}`);
    return { actor: `session:${grant.name}`, scope: grant.scope, grant, csrf };
  }

  async #used({ kind, id, used }: Grant): Promise<void> {
    const now = this.#now();
    // A hint for people: a disk that does not take it is no reason to refuse.
    if (now - (used ?? 0) >= USED_EVERY_MS) await this.#store.useGrant(kind, id, now).catch(() => undefined);
  }
}

const isLogin = ({ method, routeOptions }: FastifyRequest): boolean =>
  method === 'POST' && routeOptions.url === `${API}/session`;

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;
