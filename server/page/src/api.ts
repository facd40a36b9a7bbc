import type { Session } from './api-types.ts';
import { ApiProblem, problemText } from './problem.ts';
import { session } from './session.ts';

export const API = '/api/v1';

export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** If-Match: the version that the change was made from. */
  match?: string;
  signal?: AbortSignal;
}

/** A path with its query; members that are undefined are left out. Pure. */
export function withQuery(path: string, query: Ask['query'] = {}): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') found.set(name, String(value));
  const text = found.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Path segments, escaped. Pure. */
export const path = (...parts: (string | number)[]): string =>
  parts.map((part) => `/${encodeURIComponent(part)}`).join('');

/** Headers that every call of this session needs. */
export function ownHeaders(method: string): Record<string, string> {
  const csrf = session.value?.csrf;
  return method === 'GET' || csrf === undefined ? {} : { 'x-perch-csrf': csrf };
}

/** A body as JSON; undefined for none, and for what a proxy wrote instead. Pure. */
export function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Sends something that changes the server. When it is refused, the browser may have another session than this page knows, from
 * a login in another tab: then that one is taken, and it is sent once more.
 */
export async function withSession<T extends { status: number }>(send: () => Promise<T>): Promise<T> {
  const before = session.value?.csrf;
  const answer = await send();
  if (answer.status !== 403) return answer;
  const known = await fetch(`${API}/session`, { credentials: 'same-origin' });
  const found = known.ok ? (bodyOf(await known.text()) as Session | undefined) : undefined;
  if (found?.csrf === undefined || found.csrf === before) return answer;
  session.value = found;
  return send();
}

/** Throws what an answer that is no success says. A session that ended leads to the login. */
export function refuse(status: number, body: unknown): never {
  if (status === 401) session.value = null;
  throw new ApiProblem(status, problemText(status, body), (body ?? {}) as Record<string, unknown>);
}

export interface Answer<T> {
  data: T;
  etag: string | undefined;
}

/** Calls the API. Throws ApiProblem, or TypeError when the server is not reached. */
export async function ask<T>(
  at: string,
  { method = 'GET', query, body, match, signal }: Ask = {},
): Promise<Answer<T>> {
  const send = (): Promise<Response> =>
    fetch(withQuery(`${API}${at}`, query), {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(match === undefined ? {} : { 'if-match': match }),
        ...ownHeaders(method),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  const response = method === 'GET' ? await send() : await withSession(send);
  const found = bodyOf(await response.text());
  if (!response.ok) refuse(response.status, found);
  return { data: found as T, etag: response.headers.get('etag') ?? undefined };
}

export const get = async <T>(at: string, query?: Ask['query'], signal?: AbortSignal): Promise<T> =>
  (await ask<T>(at, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) })).data;
export const post = async <T>(at: string, body: unknown = {}): Promise<T> =>
  (await ask<T>(at, { method: 'POST', body })).data;
export const put = async <T>(at: string, body: unknown, match?: string): Promise<T> =>
  (await ask<T>(at, { method: 'PUT', body, ...(match === undefined ? {} : { match }) })).data;
export const remove = async (at: string, match?: string): Promise<void> =>
  void (await ask(at, { method: 'DELETE', ...(match === undefined ? {} : { match }) }));

export const logIn = (secret: string): Promise<Session> => post<Session>('/session', { secret });
export const logOut = (): Promise<void> => remove('/session');
