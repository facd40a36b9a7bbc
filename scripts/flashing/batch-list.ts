import type { Enrolment } from '../../broker-bridge/src/enrolment.ts';
import { BoardError } from './board-error.ts';
import { enrolmentOf } from './board-token.ts';
import { hostNameOf, isHostName } from './host-name.ts';

/** A board of a batch. `name` names its image. */
export interface BatchBoard {
  name: string;
  hostname?: string;
  token: string;
  enrolment: Enrolment;
}

/** Most boards in one batch, and longest list in bytes. */
export const BATCH_LIMIT = 10_000;
export const BATCH_BYTES_LIMIT = 64 * 1024 * 1024;

const bad = (line: number, what: string): BoardError =>
  new BoardError('BAD_OPTION', `the list of tokens, line ${line}: ${what}`);

/** Fields between commas, each in quotation marks or not. Neither names nor tokens have commas in them. */
const fieldsOf = (line: string): string[] =>
  line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));

/**
 * Reads a list with the header `alias,token` or `hostname,token`, a board on each line. Pure.
 * By alias, the token must be that board's, and the host name is made of it.
 * @throws BoardError with the line's number; BAD_TOKEN for a token that is none. No token is repeated in a message
 */
export function readBatch(text: string): BatchBoard[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const header = fieldsOf(lines[0] ?? '');
  const tokenAt = header.indexOf('token');
  const nameAt = header.findIndex((field) => field === 'alias' || field === 'hostname');
  if (header.length !== 2 || tokenAt < 0 || nameAt < 0)
    throw bad(1, 'the first line must be "alias,token" or "hostname,token"');
  const byAlias = header[nameAt] === 'alias';
  const boards: BatchBoard[] = [];
  const seen = new Map<string, number>();
  const once = (what: string, value: string, line: number): void => {
    const key = `${what} ${value}`;
    const before = seen.get(key);
    if (before !== undefined)
      throw bad(line, `the same ${what} as on line ${before}; each board needs its own`);
    seen.set(key, line);
  };
  for (const [index, line] of lines.entries()) {
    const number = index + 1;
    if (index === 0 || line.trim() === '') continue;
    if (boards.length === BATCH_LIMIT) throw bad(number, `more than ${BATCH_LIMIT} boards`);
    const fields = fieldsOf(line);
    const [name, token] = [fields[nameAt], fields[tokenAt]];
    if (fields.length !== 2 || name === undefined || token === undefined) throw bad(number, 'not two fields');
    const enrolment = enrolmentOf(token, `the list of tokens, line ${number}: `);
    if (byAlias && enrolment.alias !== name)
      throw bad(
        number,
        `the token is for ${JSON.stringify(enrolment.alias)} and not for ${JSON.stringify(name)}`,
      );
    const hostname = byAlias ? hostNameOf(name) : name;
    if (!byAlias && !isHostName(name))
      throw bad(number, `${JSON.stringify(name.slice(0, 80))} is no host name`);
    if (name.startsWith('.'))
      throw bad(number, 'a name that starts with a dot would hide its image; use "hostname,token"');
    once('token', token, number);
    once('alias', enrolment.alias, number);
    once('name', name.toLowerCase(), number);
    boards.push({ name, token, enrolment, ...(hostname === undefined ? {} : { hostname }) });
  }
  if (boards.length === 0) throw bad(2, 'there is no board');
  return boards;
}
