import { type IncomingMessage, request } from 'node:http';
import type { CommandProgress } from '../commands/context.ts';
import { answerIn } from './answer.ts';
import { socketPath } from './socket-path.ts';
import { SILENCE_TIMEOUT_MS } from './wire.ts';

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
  return answerIn(response.setEncoding('utf8') as AsyncIterable<string>, options.progress);
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
