import { timingSafeEqual } from 'node:crypto';

/** The parts of a request that decide whether it is looked at. */
export interface Knock {
  method: string;
  /** The Host header, and the host of the public URL, with ports: an origin must be one of them. */
  hosts: readonly string[];
  origin: string | undefined;
  /** Sec-Fetch-Site, which browsers set and pages cannot. */
  site: string | undefined;
  /** The header x-perch-csrf. */
  csrf: string | undefined;
}

/** Methods that change nothing. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A Host header's name without its port, in small letters. Pure. */
export const hostName = (host: string): string => host.toLowerCase().replace(/:\d+$/, '');

/** True for a Host that this server is meant by. Pure. */
export const isOurHost = (host: string | undefined, ours: ReadonlySet<string> | undefined): boolean =>
  ours === undefined || (host !== undefined && ours.has(hostName(host)));

const same = (a: string, b: string): boolean => {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
};

/**
 * Why a request that comes with a session's cookie may be another site's doing, or undefined: a browser sends the cookie
 * whoever made the page. `csrf` is what the session's own page knows; undefined where it need not. Pure.
 */
export function forgery(knock: Knock, csrf: string | undefined): string | undefined {
  if (knock.site !== undefined && knock.site !== 'same-origin' && knock.site !== 'none')
    return `it comes from another site (${knock.site})`;
  if (SAFE.has(knock.method)) return undefined;
  if (knock.origin !== undefined && !knock.hosts.includes(originHost(knock.origin) ?? ''))
    return `its origin is ${knock.origin}`;
  if (csrf !== undefined && (knock.csrf === undefined || !same(knock.csrf, csrf)))
    return 'the header x-perch-csrf does not have the value that GET /api/v1/session gives';
  return undefined;
}

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return undefined; // "null", or nonsense
  }
}
