import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** Longest status that a reader takes. */
const STATUS_LIMIT = 1024 * 1024;
const STATUS_TIMEOUT_MS = 3_000;

const socketOf = (state: string): string => join(state, 'agent.sock');

/** Answers every connection with the status as one line of JSON. A socket, not a file: SD cards die of small writes. */
export function serveStatus(state: string, status: () => unknown): Server {
  const path = socketOf(state);
  try {
    rmSync(path, { force: true });
  } catch {
    // A read-only disk with the socket of a run before: listening fails too, and the board goes on.
  }
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${JSON.stringify(status())}\n`);
  });
  server.on('error', () => {}); // without a status socket the agent does its work all the same
  const mask = process.umask(0o177);
  server.listen(path);
  process.umask(mask);
  return server;
}

/** The running agent's status, or undefined when none runs with this state folder. */
export function readStatus(state: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketOf(state));
    let text = '';
    socket.setTimeout(STATUS_TIMEOUT_MS, () => socket.destroy(new Error('the agent does not answer')));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > STATUS_LIMIT) socket.destroy(new Error('the status is too long'));
    });
    socket.on('end', () => {
      try {
        resolve(JSON.parse(text));
      } catch (error) {
        reject(error);
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(error);
    });
  });
}
