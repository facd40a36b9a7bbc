import { userInfo } from 'node:os';
import { type Grant, SCOPES, type Scope } from '../store/access-contract.ts';
import { CommandRefused } from './refusal.ts';

/** Who asks for a command, and how much he may. */
export interface Caller {
  /** As events name it: `local:USER`, `token:NAME` or `session:NAME`. */
  actor: string;
  scope: Scope;
  /** What he came with, where it was a token or a session. */
  grant?: Pick<Grant, 'kind' | 'id'>;
}

/** Each scope has what is before it in SCOPES. Pure. */
export const mayDo = (has: Scope, needed: Scope): boolean => SCOPES.indexOf(has) >= SCOPES.indexOf(needed);

/** Who uses this machine's data folder: its files are his alone, so he may do everything. */
export function localCaller(): Caller {
  let name = 'unknown';
  try {
    name = userInfo().username;
  } catch {
    // A user id without a name, as in a container.
  }
  return { actor: `local:${name}`, scope: 'admin' };
}

/** The caller's scope is not enough. */
export class NotAllowed extends CommandRefused {
  constructor(name: string, needed: Scope, has: Scope) {
    super(`${name} needs the scope ${needed}, and yours is ${has}`);
    this.name = 'NotAllowed';
  }
}
