import { signal } from '@preact/signals';
import type { Scope, Session } from './api-types.ts';

/** Who is logged in. undefined: not known yet. null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

const RANK: Record<Scope, number> = { read: 0, operate: 1, admin: 2 };

/** True when the session's scope has that one. What it has not is not offered. */
export function may(scope: Scope): boolean {
  const own = session.value?.scope;
  return own !== undefined && RANK[own] >= RANK[scope];
}
