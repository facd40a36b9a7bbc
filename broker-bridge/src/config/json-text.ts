import { DEPTH_LIMIT } from './limits.ts';

export type JsonText =
  | { ok: true; value: unknown }
  | { ok: false; message: string; line: number; column: number; pointer: string };

/** One RFC 6901 reference token. */
export const pointerToken = (name: string | number): string =>
  String(name).replaceAll('~', '~0').replaceAll('/', '~1');

/** The pointer of a path of member names and indices. */
export const pointerOf = (path: readonly (string | number)[]): string =>
  path.map((part) => `/${pointerToken(part)}`).join('');

class Stop extends Error {}

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * JSON (RFC 8259) with the place of the first mistake. JSON.parse alone gives no position for many mistakes, keeps the
 * last of two members of one name without a word, and recurses as deep as the text wants; here these are mistakes too.
 */
export function readJson(text: string): JsonText {
  let at = 0;
  const path: (string | number)[] = [];

  const fail = (message: string): never => {
    throw new Stop(message);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const expect = (mark: string, what: string): void => {
    take(SPACE);
    if (text[at] !== mark) fail(`expected ${what}`);
    at += 1;
  };
  const string = (): string => {
    const quoted = take(STRING);
    if (quoted === undefined)
      return fail('a string is not closed, or holds a bad escape or a raw line break');
    return JSON.parse(quoted) as string;
  };
  const members = (close: string, member: () => void): void => {
    if (path.length >= DEPTH_LIMIT) fail(`nested deeper than ${DEPTH_LIMIT} levels`);
    at += 1;
    take(SPACE);
    if (text[at] === close) {
      at += 1;
      return;
    }
    for (;;) {
      member();
      take(SPACE);
      if (text[at] === close) break;
      expect(',', `"," or "${close}"`);
    }
    at += 1;
  };
  const object = (): void => {
    const seen = new Set<string>();
    members('}', () => {
      take(SPACE);
      const start = at;
      if (text[at] !== '"') fail('expected a member name in double quotes');
      const name = string();
      if (seen.has(name)) {
        at = start;
        path.push(name);
        fail(`the member "${name}" stands here twice`);
      }
      seen.add(name);
      expect(':', '":" after the member name');
      path.push(name);
      value();
      path.pop();
    });
  };
  const array = (): void => {
    let index = 0;
    members(']', () => {
      path.push(index++);
      value();
      path.pop();
    });
  };
  const value = (): void => {
    take(SPACE);
    const mark = text[at];
    if (mark === '{') object();
    else if (mark === '[') array();
    else if (mark === '"') string();
    else if (take(SCALAR) === undefined)
      fail(mark === undefined ? 'the text ends too early' : 'expected a value');
  };

  try {
    value();
    take(SPACE);
    if (at < text.length) fail('text after the end of the value');
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    const before = text.slice(0, at).split('\n');
    return {
      ok: false,
      message: error.message,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
      pointer: pointerOf(path),
    };
  }
}
