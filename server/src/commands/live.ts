import type { Alert } from '../store/alert-contract.ts';
import type { FleetEvent } from '../store/event-contract.ts';

/** What a running server tells of itself. */
export interface ServerStatus {
  version: string;
  pid: number;
  started: number; // Unix ms
  /** The broker without credentials. */
  broker: string;
  embedded: boolean;
  /** Whether the link to the broker is up. */
  connected: boolean;
  /** Boards with a live session. */
  sessions: number;
  /** Records stored since the start. */
  records: number;
  /** Messages that were not looked at because too many came at once. */
  dropped: number;
  /** What carries releases to boards: what is being made, how far it is, and how many more wait. */
  objects: { making: string | null; percent: number; waiting: number };
  /** Messages by what became of them: rounds by name, faults by error code. */
  counters: Record<string, number>;
}

/**
 * How commands tell a running server what they changed, after it is stored. The server reads its view of it anew and
 * acts: a changed config goes out, a revoked board's session ends.
 */
export interface LiveServer {
  configChanged(alias: string): Promise<void>;
  approved(alias: string): Promise<void>;
  revoked(alias: string): Promise<void>;
  /** Releases, rollouts, pins or groups. */
  releaseChanged(): Promise<void>;
  /** When a board that is connected was heard last, Unix ms; undefined: it is not. */
  lastHeard(alias: string): number | undefined;
  /** Alerts of a board that have not ended. */
  openAlerts(alias: string): number;
  /** The rollout that says what a board should run; undefined: none does. */
  rolloutOf(alias: string): number | undefined;
  /** Alert rules. */
  alertsChanged(): Promise<void>;
  /** Alerts that a person changed, as they are now. */
  alertsTold(alerts: readonly Alert[]): void;
  /** Events that are stored now. */
  happened(events: readonly FleetEvent[]): void;
  status(): ServerStatus;
}
