import { pointerToken } from '@perch/broker-bridge/config/json-text.ts';
import { isObject } from './merge-patch.ts';

/** One difference of two JSON texts. `before` is missing where something is new, `after` where it is gone. */
export interface JsonChange {
  /** RFC 6901; of a list whose members have ids it names the id: /sensors/air/every. */
  path: string;
  before?: unknown;
  after?: unknown;
}

/** Differences that are told of one comparison. */
export const CHANGES_SHOWN = 200;

/** The ids of a list whose members are objects with one each, as sensors are; undefined for any other list. */
function byId(list: readonly unknown[]): Map<string, unknown> | undefined {
  const found = new Map<string, unknown>();
  for (const member of list) {
    if (!isObject(member) || typeof member.id !== 'string' || found.has(member.id)) return undefined;
    found.set(member.id, member);
  }
  return found;
}

function membersOf(value: unknown, other: unknown): Map<string, unknown> | undefined {
  if (isObject(value) && isObject(other)) return new Map(Object.entries(value));
  if (!Array.isArray(value) || !Array.isArray(other)) return undefined;
  return byId(other) === undefined ? undefined : byId(value);
}

/** What is different in `after`, at most CHANGES_SHOWN of it. Pure. */
export function jsonChanges(before: unknown, after: unknown, path = ''): JsonChange[] {
  const [was, is] = [membersOf(before, after), membersOf(after, before)];
  if (was === undefined || is === undefined)
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  const changes: JsonChange[] = [];
  for (const name of names) {
    const at = `${path}/${pointerToken(name)}`;
    if (!is.has(name)) changes.push({ path: at, before: was.get(name) });
    else if (!was.has(name)) changes.push({ path: at, after: is.get(name) });
    else changes.push(...jsonChanges(was.get(name), is.get(name), at));
    if (changes.length >= CHANGES_SHOWN) break;
  }
  return changes.slice(0, CHANGES_SHOWN);
}
