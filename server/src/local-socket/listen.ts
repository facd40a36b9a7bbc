import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, resolve } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { CommandProgress } from '../commands/context.ts';
import { CommandRefused } from '../commands/refusal.ts';
import { lockDataFolder } from './data-lock.ts';
import { makeSocketFolder, socketPath } from './socket-path.ts';
import { sparing } from './sparing.ts';
import { ALIVE_MS, CONNECTIONS_LIMIT, type Line, REQUEST_BODY_LIMIT, REQUEST_TIMEOUT_MS } from './wire.ts';

/** Runs a command by name; `runCommand` with the server's context. */
export type LocalHandler = (name: string, args: unknown, progress: CommandProgress) => Promise<unknown>;

export interface LocalServer {
  /** Path of the socket */
  path: string;
  /** Ends open requests, removes the socket and lets go of the data folder. */
  close(): Promise<void>;
}

/**
 * Takes the data folder for this process and listens for commands on a unix socket that only this user can reach.
 * Rejects with BUSY when a server already runs with this folder, DISK or TOO_LONG when it cannot listen.
 */
export async function listenLocal(
  dataDir: string,
  handler: LocalHandler,
  options: { requestTimeoutMs?: number } = {},
): Promise<LocalServer> {
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const path = socketPath(dataDir);
  const lock = lockDataFolder(resolve(dataDir));
  try {
    if (dirname(path) !== resolve(dataDir)) makeSocketFolder(dirname(path));
    // Who holds the lock is the only server, so a socket that is there belongs to one that was killed.
    rmSync(path, { force: true });
    const server = createServer(
      {
        requestTimeout,
        headersTimeout: requestTimeout,
        connectionsCheckingInterval: Math.min(1000, requestTimeout),
      },
      (request, response) => void answer(request, response, handler),
    );
    server.maxConnections = CONNECTIONS_LIMIT;
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      // The socket is made inside listen(): with this mask nobody else can connect in the moment before chmod.
      const mask = process.umask(0o177);
      try {
        server.listen(path, done);
      } finally {
        process.umask(mask);
      }
    });
    chmodSync(path, 0o600);
    return {
      path,
      close: async () => {
        const closed = new Promise((done) => server.close(done));
        server.closeAllConnections();
        await closed;
        rmSync(path, { force: true });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    if (error instanceof PerchError) throw error;
    throw new PerchError('DISK', `cannot listen on ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handler: LocalHandler,
): Promise<void> {
  response.on('error', () => undefined); // the client left
  const send = (line: Line): void => {
    if (response.writable) response.write(`${JSON.stringify(line)}\n`);
  };
  if (request.method !== 'POST' || request.url !== '/v1/command') {
    response.writeHead(404).end();
    return;
  }
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413, { connection: 'close' }).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const alive = setInterval(() => send({ alive: true }), ALIVE_MS);
  try {
    const { name, args } = parse(body);
    const progress = sparing((done, total) => send({ progress: { done, total } }));
    const result = await handler(name, args, progress);
    send({ result });
  } catch (error) {
    send({ error: tell(error) });
  } finally {
    clearInterval(alive);
    response.end();
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > REQUEST_BODY_LIMIT) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined; // cut off
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body: string): { name: string; args: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string')
      return { name: value.name, args: 'args' in value ? value.args : {} };
  } catch {
    // told below
  }
  throw new PerchError('MALFORMED', 'a command is JSON with name and args');
}

/** Errors that are made for people pass; any other is a fault of the program, and its message may hold anything. */
function tell(error: unknown): Extract<Line, { error: unknown }>['error'] {
  if (error instanceof CommandRefused) return { message: error.message, data: error.data };
  if (error instanceof PerchError) return { message: error.message, code: error.code };
  return { message: `the server failed: ${error instanceof Error ? error.message : 'unknown error'}` };
}
