import type { ErrorCode } from '@perch/broker-bridge/protocol/errors.ts';
import type { UpdateState } from '@perch/broker-bridge/protocol/messages.ts';
import type { Window } from './window.ts';

/** What the policy knows of a board. */
export interface Board {
  alias: string;
  platform: string;
  /** The version that runs. */
  version: string;
  groups: readonly string[];
  /** IANA name, as its config says. */
  timeZone?: string;
  lastSeen: number; // Unix ms
  connected: boolean;
  /** What it said last of an update. */
  update?: { sequence: number; state: UpdateState; code?: ErrorCode };
}

/** A published release of one platform, as the signed metadata name it. */
export interface Target {
  platform: string;
  version: string;
  sequence: number;
  /** The signed permission for a downgrade: the highest sequence that this release may replace. */
  mayReplace?: number;
  created: number; // Unix ms
  /** It was published with --hold: only a rollout or a pin gives it to boards. */
  held?: boolean;
}

export interface Wave {
  /** Of the boards that the rollout is for, with those of the waves before. Rises from wave to wave, up to 100. */
  percent: number;
  /** How long the wave must have succeeded before the next one starts, ms. */
  soak: number;
}

export interface Limits {
  /** Of the boards that finished since the wave began or was resumed, the share that may fail, 0 to 1. */
  failures: number;
  /** The share that may fall silent, 0 to 1. */
  silent: number;
  /** No share counts before so many failed, or fell silent. */
  least: number;
  /** A board is silent when it was not heard for so long, ms. */
  silence: number;
  /** The share of a wave that must run the release before the wave has succeeded, 0 to 1. */
  enough: number;
  /** Boards that update at once. */
  atOnce: number;
  /** How often a board tries a release that fails for a reason that may pass. */
  tries: number;
}

/** Which boards get a release, and when. It does not change once it is created. */
export interface RolloutSpec {
  version: string;
  /** Boards that are in one of these; all boards when left out. */
  groups?: string[];
  /** Boards of these platforms; of every platform when left out. */
  platforms?: string[];
  waves: Wave[];
  limits: Limits;
  /** An update begins only while this is open where the board is. */
  window?: Window;
  /** Boards that run something newer are meant as well, where the release has the signed permission. */
  downgrade?: boolean;
}

export type Why =
  | { by: 'person' }
  | { by: 'failures'; failed: number; finished: number }
  | { by: 'silence'; silent: number; finished: number }
  | { by: 'missing'; platforms: string[] }
  | { by: 'replaced'; rollout: number };

export interface RolloutState {
  /** waiting: not all platforms are published. done: every wave succeeded; boards that come later still get the release. */
  phase: 'waiting' | 'running' | 'paused' | 'aborted' | 'done';
  /** Index of the wave that runs, or of the last one. */
  wave: number;
  /** Boards whose place (place.ts) is not above this are in the waves so far. It never falls. -1: none. */
  cut: number;
  /** When the wave began, or was resumed. What happened before is no longer counted against the rollout. Unix ms */
  since: number;
  /** Since when the wave has succeeded, Unix ms. */
  enough?: number;
  /** Of waiting, paused and aborted. */
  why?: Why;
  /** Aborted, and boards go back to the release that they ran before where it has the signed permission. */
  back?: boolean;
}

export interface Rollout {
  id: number;
  spec: RolloutSpec;
  state: RolloutState;
  /** Counts the changes of the state, so that nobody overwrites one that it has not seen. */
  revision: number;
  created: number; // Unix ms
}

/**
 * How far a board is with a release. offered: told of it. fetching: said that it has it in hand. trial: runs it, not for
 * long yet. done: proved. waiting: failed for a reason that may pass. failed: given up.
 */
export type Stage = 'offered' | 'fetching' | 'trial' | 'done' | 'waiting' | 'failed';

export interface Step {
  version: string;
  /** The version that ran when it began. */
  from: string;
  stage: Stage;
  /** When the stage began, Unix ms. */
  since: number;
  /** Failures so far. */
  tries: number;
  code?: ErrorCode;
}

/** A version that boards are held at, whatever the rollouts say: of one board, or of a group. */
export interface Pin {
  kind: 'board' | 'group';
  name: string;
  version: string;
  created: number; // Unix ms
}
