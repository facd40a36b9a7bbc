import { type IncomingMessage, request } from 'node:http';
import { ERRORS, type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { CommandProgress } from '../commands/context.ts';
import { CommandRefused } from '../commands/refusal.ts';
import { socketPath } from './socket-path.ts';
import { type Line, RESPONSE_BODY_LIMIT, SILENCE_TIMEOUT_MS } from './wire.ts';

/** No server listens for this data folder. */
export class NoLocalServer extends Error {
  constructor() {
    super('no server runs with this data folder');
    this.name = 'NoLocalServer';
  }
}

/**
 * Has the running server of a data folder run a command, and returns its result. Rejects with NoLocalServer, with what
 * the command rejected with (CommandRefused, PerchError), or with an Error when the server cannot be talked to.
 */
export async function callLocal(
  dataDir: string,
  name: string,
  args: unknown,
  options: { progress?: CommandProgress; silenceMs?: number } = {},
): Promise<unknown> {
  const path = socketPath(dataDir);
  const response = await post(path, JSON.stringify({ name, args }), options.silenceMs ?? SILENCE_TIMEOUT_MS);
  if (response.statusCode !== 200) {
    response.resume();
    throw new Error(
      response.statusCode === 413
        ? 'the command is too long for the server'
        : `the server behind ${path} speaks another version of Perch (HTTP ${response.statusCode})`,
    );
  }
  for await (const line of lines(response)) {
    if ('progress' in line) options.progress?.(line.progress.done, line.progress.total);
    if ('result' in line) return line.result;
    if ('error' in line) throw errorOf(line.error);
  }
  throw new Error('the server ended before it answered; see its log, then look whether the command was done');
}

function post(path: string, body: string, silenceMs: number): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const outgoing = request(
      { socketPath: path, method: 'POST', path: '/v1/command', timeout: silenceMs, agent: false },
      (response) => {
        done(response);
      },
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`the server behind ${path} does not answer; is it stopped or overloaded?`)),
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => fail(explain(error, path)));
    outgoing.end(body);
  });
}

function explain(error: NodeJS.ErrnoException, path: string): Error {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR')
    return new NoLocalServer();
  if (error.code === 'EACCES')
    return new Error(`the server behind ${path} belongs to another user; run this command as that user`);
  return error.code === undefined
    ? error
    : new Error(`cannot talk to the server behind ${path} (${error.code})`);
}

async function* lines(response: IncomingMessage): AsyncGenerator<Line> {
  let rest = '';
  let length = 0;
  response.setEncoding('utf8');
  try {
    for await (const text of response as AsyncIterable<string>) {
      length += text.length;
      if (length > RESPONSE_BODY_LIMIT) throw new Error('the answer of the server is too long');
      const parts = (rest + text).split('\n');
      rest = parts.pop()!;
      for (const part of parts) yield JSON.parse(part) as Line;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`the server ended before it answered (${code})`);
  }
}

function errorOf({ message, code, data }: Extract<Line, { error: unknown }>['error']): Error {
  if (code !== undefined && Object.hasOwn(ERRORS, code))
    return new PerchError(code as ErrorCode, message.replace(`${code}: `, ''));
  return data === undefined ? new Error(message) : new CommandRefused(message, data);
}
