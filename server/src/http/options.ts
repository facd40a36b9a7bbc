/** Where the HTTP API and the page are served, checked. */
export interface HttpOptions {
  host: string;
  /** 0 takes any free one. */
  port: number;
  /** PEM of certificate chain and private key; plain HTTP without. */
  tls?: { cert: string; key: string };
  /** The address that people use, such as https://perch.example.org, where a proxy stands before the server. */
  publicUrl?: string;
  /** The caller's address is what a proxy on this very machine says it is (X-Forwarded-For). */
  trustProxy?: boolean;
}

/** How this machine names itself to itself. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** The URL under which the page is, once the port is bound. Pure. */
export function baseUrl({ host, tls, publicUrl }: HttpOptions, port: number): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  const name = ANY_ADDRESS.has(host) ? '127.0.0.1' : inUrl(host);
  return `${tls ? 'https' : 'http'}://${name}:${port}`;
}

/** Browsers send Secure cookies back over TLS only. Pure. */
export const isSecure = ({ tls, publicUrl }: HttpOptions): boolean =>
  publicUrl === undefined ? tls !== undefined : publicUrl.startsWith('https:');

/** Then all the world may come by this machine's own address, with nothing that tells it from programs here. Pure. */
export const isBehindProxy = ({ publicUrl, trustProxy = false }: HttpOptions): boolean =>
  publicUrl !== undefined || trustProxy;

/**
 * The Host headers that are answered, without ports; undefined: any. A page of another site that has its name resolve to this
 * machine (DNS rebinding) comes with its own name. Who listens on all addresses is reached by names that only he knows. Pure.
 */
export function hostsOf({ host, publicUrl }: HttpOptions): ReadonlySet<string> | undefined {
  if (publicUrl === undefined && ANY_ADDRESS.has(host)) return undefined;
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  return new Set([...LOOPBACK, inUrl(host), ...own]);
}
