/** What a caller may do; each has what is before it. */
export const SCOPES = ['read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A token of the API, a login session of a browser, or a link that starts one session. */
export interface Grant {
  kind: 'token' | 'session' | 'link';
  /** Names it to people and commands; no secret. */
  id: string;
  name: string;
  scope: Scope;
  secretSha256: string; // hex; the secret itself is never stored
  created: number; // Unix ms
  expires?: number; // Unix ms
  used?: number; // Unix ms, to the minute
  parent?: string; // id of the token that a session was begun with: it ends with it
}

/** Grants of one kind, at most. Of sessions and links the oldest goes; of tokens no more are made. */
export const GRANTS_LIMIT = { token: 500, session: 1_000, link: 20 } as const;

/** The part of Store that knows who may call. */
export interface AccessStore {
  /**
   * Forgets those that have expired by `grant.created`. False, and nothing is added, when the token that it was begun with is
   * there no more. Rejects (BUSY) past the limit for tokens.
   */
  addGrant(grant: Grant): Promise<boolean>;
  /** The grant with this secret that has not expired by `now`. */
  grant(kind: Grant['kind'], secretSha256: string, now: number): Promise<Grant | undefined>;
  /** Uses a grant up: it is given once. */
  takeGrant(kind: Grant['kind'], secretSha256: string, now: number): Promise<Grant | undefined>;
  /** Those that have not expired by `now`, the newest first. */
  grants(kind: Grant['kind'], now: number): Promise<Grant[]>;
  /** Writes down when one was used; shares commits with addRecords. */
  useGrant(kind: Grant['kind'], id: string, now: number): Promise<void>;
  /** Ids of those among them, tokens and sessions, that are there and have not expired by `now`. */
  validGrants(ids: readonly string[], now: number): Promise<ReadonlySet<string>>;
  /** A token goes with the sessions that were begun with it. False when there is none. */
  removeGrant(kind: Grant['kind'], id: string): Promise<boolean>;
}
