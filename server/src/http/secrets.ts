import { createHash, randomBytes } from 'node:crypto';

/** How a token of the API begins, so that people and scanners know it. */
export const TOKEN_PREFIX = 'perch_';
/** Random bytes of a secret. */
const SECRET_BYTES = 24;
/** Longest secret that is looked at, in characters. */
export const SECRET_LIMIT = 128;

/** A new secret of 192 bits in base64url; a token's has its prefix. */
export const newSecret = (prefix = ''): string =>
  `${prefix}${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** What is stored of a secret. They have too many bits to be guessed, so a plain hash is enough. Pure. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** What a page sends along to show that it can read what this server answered; made of the session's secret. Pure. */
export const csrfOf = (secret: string): string =>
  createHash('sha256').update(`csrf ${secret}`).digest('base64url').slice(0, 32);

/** A name for a grant that is no secret. */
export const newId = (): string => randomBytes(6).toString('hex');
