import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { isAlias } from './protocol/topics.ts';

/** Longest certificate authority of a broker, in characters of PEM. */
export const CA_LIMIT = 16_384;

const Key = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }); // 32 bytes in base64url

/** What a board needs to know before its first Hello, in one line that a person can paste. */
const Enrolment = Type.Object(
  {
    v: Type.Literal(1),
    alias: Type.String({ minLength: 1, maxLength: 64 }),
    broker: Type.String({ pattern: '^mqtts?://', maxLength: 512 }), // may carry user:password@
    prefix: Type.String({ minLength: 1, maxLength: 300 }), // checkPrefix: 8 words of 32
    serverKey: Key, // X25519 public key of the server
    root: Key, // SHA-256 of root 1, where the trust in releases begins
    secret: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' })), // 16 bytes, used once
    ca: Type.Optional(Type.String({ maxLength: CA_LIMIT })), // PEM of the broker's certificate authority
  },
  { additionalProperties: false },
);
export type Enrolment = Static<typeof Enrolment>;

const HEAD = 'perch1.';
/** Longest token in characters. */
export const TOKEN_LIMIT = 32768;

/** One printable line. It carries the one-time secret: show it once, never log it. @throws TypeError for what no board would take */
export function writeToken(enrolment: Enrolment): string {
  const fault = Value.Errors(Enrolment, enrolment).First();
  if (fault !== undefined)
    throw new TypeError(`no token can carry this ${fault.path.slice(1)} (${fault.message})`);
  return HEAD + Buffer.from(JSON.stringify(enrolment)).toString('base64url');
}

/** Longest line that a terminal takes from a paste is 4095 bytes (termios(3), canonical mode). */
const PASTE_LIMIT = 4_000;

/** A token as it is printed for people: one line, or several that a terminal takes. readToken joins them. */
export const tokenLines = (token: string): string[] =>
  token.match(new RegExp(`.{1,${PASTE_LIMIT}}`, 'g')) ?? [];

/** Reads a token, whitespace anywhere in it ignored; a TypeError says what is wrong with it and what to do. */
export function readToken(text: string): Enrolment {
  const line = text.replaceAll(/\s+/g, '');
  const again = 'copy the whole of what `perch-server enroll ALIAS` printed';
  if (line.length > TOKEN_LIMIT)
    throw new TypeError(`the token is longer than ${TOKEN_LIMIT} characters; ${again}`);
  if (!line.startsWith(HEAD)) throw new TypeError(`the token does not start with "${HEAD}"; ${again}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(line.slice(HEAD.length), 'base64url').toString('utf8'));
  } catch {
    throw new TypeError(`the token is cut short or damaged; ${again}`);
  }
  if (!Value.Check(Enrolment, value)) {
    const fault = Value.Errors(Enrolment, value).First();
    throw new TypeError(`the token's ${fault?.path ?? 'content'} is wrong (${fault?.message}); ${again}`);
  }
  if (!isAlias(value.alias))
    throw new TypeError(`the token's alias ${JSON.stringify(value.alias)} is not an alias; ${again}`);
  return value;
}
