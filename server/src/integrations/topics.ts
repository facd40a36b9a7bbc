/** Names of topics under a board that are no items: `online`. */
const TAKEN = new Set(['online']);
const PLAIN = /^[A-Za-z0-9._-]+$/;

const byte = (value: number): string => `%${value.toString(16).toUpperCase().padStart(2, '0')}`;

/**
 * A name as one level of a topic, from which the name can be made again: bytes that topics give a meaning (`/`, `+`, `#`), and
 * all others but letters, digits and . _ - are %XX, as in URLs (RFC 3986, section 2.1). Pure.
 */
function levelOf(name: string): string {
  if (TAKEN.has(name)) return `${byte(name.charCodeAt(0))}${name.slice(1)}`;
  if (PLAIN.test(name)) return name;
  let level = '';
  for (const one of Buffer.from(name)) {
    const text = String.fromCharCode(one);
    level += PLAIN.test(text) ? text : byte(one);
  }
  return level;
}

// Aliases are 1 to 64 of a-z 0-9 . _ -, so that nothing of them needs escaping, and no alias has a dollar sign.

/** Whether the server itself is there. Pure. */
export const serverTopic = (prefix: string): string => `${prefix}/$server/online`;
/** Whether a board is. Pure. */
export const onlineTopic = (prefix: string, alias: string): string => `${prefix}/${alias}/online`;
/** All values of a board, as JSON. Pure. */
export const boardTopic = (prefix: string, alias: string): string => `${prefix}/${alias}`;
/** One value, plain; the item's name can be made again from it. Pure. */
export const itemTopic = (prefix: string, alias: string, item: string): string =>
  `${prefix}/${alias}/${levelOf(item)}`;
