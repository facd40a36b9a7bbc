/** Something that a person may want to look up later: who did what, and what boards did. */
export interface FleetEvent {
  at: number; // Unix ms
  /** `local:USER` on this machine, `token:NAME`, `session:NAME`, `board:ALIAS` or `server`. */
  actor: string;
  /** Such as device.approved; words with dots, the subject first. */
  kind: string;
  alias?: string;
  /** One line for people. */
  text: string;
  /** Plain JSON. */
  data?: Record<string, unknown>;
}

export interface StoredEvent extends FleetEvent {
  /** Rises. */
  id: number;
}

export interface EventQuery {
  alias?: string;
  /** The kind, or what it begins with: `rollout` has all of rollout.*. */
  kind?: string;
  actor?: string;
  since?: number; // Unix ms
  until?: number;
  /** Only those before this id. */
  before?: number;
  limit?: number;
}

/** Events that are kept; over it the oldest go. */
export const EVENTS_KEPT = 100_000;
export const EVENTS_PAGE = 500;

/** The part of Store that remembers events. */
export interface EventStore {
  /** Shares commits with addRecords. */
  addEvents(events: readonly FleetEvent[]): Promise<void>;
  /** Newest first, at most EVENTS_PAGE. */
  events(query?: EventQuery): Promise<StoredEvent[]>;
}
