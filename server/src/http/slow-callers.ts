import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HTTP_BODY_TIMEOUT_MS, HTTP_SILENCE_MS } from './limits.ts';
import { Problem } from './problem.ts';

/** Content type of files. */
export const FILE_TYPE = 'application/octet-stream';

/** How long callers may take, in ms; tests are in a hurry. */
export interface Patience {
  /** Until the body is there (HTTP_BODY_TIMEOUT_MS). */
  bodyMs?: number;
  /** Until they read something of a long answer, or send something of a file (HTTP_SILENCE_MS). */
  silenceMs?: number;
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
const isFile = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.startsWith(FILE_TYPE) ?? false;

/**
 * Ends requests whose body does not come in time. A file takes what it takes while it is kept (uploads.ts); what is left of it after
 * the answer, as one that nobody asked for, is a body like others.
 */
export function addBodyInTime(app: FastifyInstance, patience: Patience): void {
  app.addHook('onRequest', async ({ raw }, reply) => {
    if (!hasBody(raw)) return;
    // Whoever stops reading a body takes it off its connection.
    const { socket } = raw;
    const ms = patience.bodyMs ?? HTTP_BODY_TIMEOUT_MS;
    const wait = (): void => {
      if (raw.complete) return;
      const timer = setTimeout(() => {
        if (raw.complete) return;
        if (reply.sent || reply.raw.headersSent) socket.destroy();
        else
          reply
            .header('connection', 'close')
            .send(new Problem(408, `the body did not come within ${ms / 1000} s`));
      }, ms).unref();
      const come = (): void => clearTimeout(timer);
      raw.once('end', come).once('close', come);
    };
    if (isFile(raw)) reply.raw.once('finish', wait);
    else wait();
  });
}

/**
 * Pages of a long answer, for as long as the caller reads: who takes nothing for so long is let go. Slow is good enough, and time that
 * a page takes to be made is not his.
 */
export async function* whileRead<T>(
  pages: AsyncIterable<T>,
  { socket }: ServerResponse,
  { silenceMs = HTTP_SILENCE_MS }: Patience,
): AsyncGenerator<T, void, undefined> {
  // What Node calls a timeout counts bytes that the caller's side took; it destroys the connection.
  const allow = (ms: number): void => void (socket instanceof Socket && socket.setTimeout(ms));
  for await (const page of pages) {
    allow(silenceMs);
    yield page;
    allow(0);
  }
  // The last of it is still to be read; the connection's next request begins anew.
  allow(silenceMs);
}
