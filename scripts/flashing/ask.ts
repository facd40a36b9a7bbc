import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { BoardError } from './board-error.ts';

const noTerminal = (question: string, otherwise: string): string =>
  `there is no terminal to ask on: ${question.trim().replaceAll('\n', ' ')} Use ${otherwise}`;

/** Asks on standard error, so that standard output has results only. @throws BoardError when nobody can answer */
export async function ask(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY) throw new BoardError('BAD_OPTION', noTerminal(question, otherwise));
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const stop = new AbortController();
  lines.on('SIGINT', () => stop.abort());
  try {
    return await lines.question(question, { signal: stop.signal });
  } catch {
    throw new BoardError('STOPPED', 'stopped; nothing was written');
  } finally {
    lines.close();
  }
}

/** Asks for a secret: what is typed does not show. */
export async function askSecret(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY) throw new BoardError('BAD_OPTION', noTerminal(question, otherwise));
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const stop = new AbortController();
  lines.on('SIGINT', () => stop.abort());
  try {
    return await lines.question('', { signal: stop.signal });
  } catch {
    throw new BoardError('STOPPED', 'stopped; nothing was written');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
