import { PerchError } from './errors.ts';

export const DEFAULT_PREFIX = 'perch/v1';
const ALIAS = /^[a-z0-9._-]{1,64}$/;
const PREFIX = /^[A-Za-z0-9._-]{1,32}(\/[A-Za-z0-9._-]{1,32}){0,7}$/;

/** True for 1 to 64 of `a-z 0-9 . _ -`, which is safe in a topic, a file name and a terminal. */
export function isAlias(text: string): boolean {
  return ALIAS.test(text) && text !== '.' && text !== '..';
}

export function checkAlias(text: string): string {
  if (!isAlias(text))
    throw new PerchError(
      'BAD_ALIAS',
      `${JSON.stringify(text.slice(0, 80))} is not an alias: use 1 to 64 of a-z 0-9 . _ -`,
    );
  return text;
}

export function checkPrefix(text: string): string {
  if (!PREFIX.test(text))
    throw new PerchError(
      'BAD_ALIAS',
      `${JSON.stringify(text.slice(0, 80))} is not a topic prefix: use words of A-Z a-z 0-9 . _ - with / between`,
    );
  return text;
}

export const requestTopic = (prefix: string, alias: string): string => `${prefix}/${alias}/req`;
export const responseTopic = (prefix: string, alias: string): string => `${prefix}/${alias}/res`;

/** The server's subscription: every agent's requests. */
export const requestFilter = (prefix: string): string => `${prefix}/+/req`;

/** The alias in `<prefix>/<alias>/req`, or undefined when the topic is not of that form. */
export function aliasOfRequest(prefix: string, topic: string): string | undefined {
  if (!topic.startsWith(`${prefix}/`) || !topic.endsWith('/req')) return undefined;
  const alias = topic.slice(prefix.length + 1, -4);
  return isAlias(alias) ? alias : undefined;
}
