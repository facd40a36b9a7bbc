import { ERRORS, type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { CommandProgress } from '../commands/context.ts';
import { CommandRefused } from '../commands/refusal.ts';
import { type Line, RESPONSE_BODY_LIMIT } from './wire.ts';

/**
 * The result in a command's answer, a stream of lines; progress is passed on. Rejects with what the command rejected with
 * (CommandRefused, PerchError), or with an Error when the answer breaks off.
 */
export async function answerIn(texts: AsyncIterable<string>, progress?: CommandProgress): Promise<unknown> {
  for await (const line of linesOf(texts)) {
    if ('progress' in line) progress?.(line.progress.done, line.progress.total);
    if ('result' in line) return line.result;
    if ('error' in line) throw errorOf(line.error);
  }
  throw new Error('the server ended before it answered; see its log, then look whether the command was done');
}

async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<Line> {
  let rest = '';
  let length = 0;
  try {
    for await (const text of texts) {
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
