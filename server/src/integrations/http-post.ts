import { type IncomingHttpHeaders, request as plain } from 'node:http';
import { request as secure } from 'node:https';

/** Bytes of an answer that are looked at; the rest is not read. */
export const ANSWER_LIMIT = 2_048;
/** Longest URL that is taken, in characters. */
export const URL_LIMIT = 2_048;

export interface Posted {
  status: number;
  headers: IncomingHttpHeaders;
  /** How the answer begins. */
  text: string;
}

export interface Post {
  url: string;
  headers: Record<string, string>;
  body: Uint8Array;
  /** From the first byte to the last of the answer, ms. */
  timeout: number;
  /** PEM of a certificate authority of one's own. */
  ca?: string;
  /** Gives up. */
  signal: AbortSignal;
}

/** No answer came. Its message is for people, and names no address: that may be a secret. */
export class NoAnswer extends Error {}

/**
 * Why a URL cannot be posted to, or undefined. Credentials do not belong into a URL, as URLs are shown and logged. Pure.
 */
export function urlFault(text: string): string | undefined {
  if (text.length > URL_LIMIT) return `it is longer than ${URL_LIMIT} characters`;
  const url = URL.parse(text);
  if (url === null) return 'it is no URL, such as https://example.org/path';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `it begins with ${url.protocol}//, and only http:// and https:// work`;
  if (url.username !== '' || url.password !== '') return 'it has a user or password in it';
  if (url.hash !== '') return 'it has a part behind a hash sign, which is not sent';
  return undefined;
}

/** Posts on a connection of its own, and follows no redirect. Rejects with NoAnswer. */
export function post({ url, headers, body, timeout, ca, signal }: Post): Promise<Posted> {
  const late = AbortSignal.timeout(timeout);
  const request = url.startsWith('https:') ? secure : plain;
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(new NoAnswer(late.aborted ? `no answer within ${timeout / 1000} s` : reason(error)));
    const sent = request(
      url,
      {
        ...{ method: 'POST', agent: false, signal: AbortSignal.any([late, signal]) },
        headers: { ...headers, 'content-length': String(body.length), 'user-agent': 'perch-server' },
        ...(ca === undefined ? {} : { ca }),
      },
      (answer) => {
        const parts: Buffer[] = [];
        let length = 0;
        const done = (): void =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(parts).subarray(0, ANSWER_LIMIT).toString(),
          });
        answer.on('data', (part: Buffer) => {
          parts.push(part);
          length += part.length;
          if (length < ANSWER_LIMIT) return;
          done();
          answer.destroy();
        });
        answer.on('end', done);
        answer.on('error', fail);
      },
    );
    sent.on('error', fail);
    sent.end(body);
  });
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'no way to that host',
  ENETUNREACH: 'no way to that host',
  ABORT_ERR: 'given up',
};

const reason = ({ code, name }: NodeJS.ErrnoException): string => {
  const known = WORDS[code ?? ''];
  return known === undefined ? `no answer (${code ?? name})` : known;
};

/** Milliseconds that an answer asks to wait (RFC 9110, section 10.2.3), at most `most`; 0 without. Pure. */
export function retryAfterMs(headers: IncomingHttpHeaders, now: number, most: number): number {
  const text = headers['retry-after'];
  if (text === undefined) return 0;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.max(0, Math.min(ms, most)) : 0;
}
