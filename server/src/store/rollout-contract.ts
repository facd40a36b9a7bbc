import type { Pin, Rollout, RolloutSpec, RolloutState, Step } from '../rollout/facts.ts';

/** A board's step with whose it is. `rollout` 0: of a pin or of the standing release. `back`: to the release before. */
export interface StepRow {
  rollout: number;
  alias: string;
  back: boolean;
  step: Step;
}

/** All that is stored of rollouts, groups and pins, as it was at one moment. */
export interface RolloutFacts {
  /** The newest first. */
  rollouts: Rollout[];
  steps: StepRow[];
  /** By kind and name. */
  pins: Pin[];
  /** Groups of each alias that is in any, by name. */
  groups: Map<string, string[]>;
  /** Releases that wait for a rollout or a pin. */
  held: { platform: string; version: string }[];
  /** When the first rollout of a platform was created, Unix ms; "*": of one for every platform. */
  since: Record<string, number>;
}

/** Rollouts that are kept; over it the oldest ended one goes, with its steps. */
export const ROLLOUTS_KEPT = 50;
/** Pins, at most: each is an exception that a person must remember. */
export const PINS_LIMIT = 200;

/** The part of Store that is about rollouts, groups and pins. */
export interface RolloutStore {
  rolloutFacts(): Promise<RolloutFacts>;
  /** Adds a rollout with the next id. Rejects (BUSY) when ROLLOUTS_KEPT of them have not ended. */
  addRollout(spec: RolloutSpec, state: RolloutState, now: number): Promise<Rollout>;
  /** Changes the state of a rollout as it was read; false when it was changed meanwhile or is gone. */
  setRolloutState(rollout: Pick<Rollout, 'id' | 'revision'>, state: RolloutState): Promise<boolean>;
  /** Keeps steps, in the place of earlier ones. Those of a rollout that is gone are left out. */
  saveSteps(rows: StepRow[]): Promise<void>;
  /** Groups of each alias that is in any, by name: without the steps of rollouts, of which there may be many. */
  groups(): Promise<Map<string, string[]>>;
  /** By name. */
  groupsOf(alias: string): Promise<string[]>;
  /** The groups that an alias is in from now on; each name once. */
  setGroups(alias: string, names: string[]): Promise<void>;
  /** Sets a pin, in the place of an earlier one. Rejects (BUSY) past PINS_LIMIT. */
  setPin(pin: Pin): Promise<void>;
  /** False when there is none. */
  removePin(kind: Pin['kind'], name: string): Promise<boolean>;
  /** Holds a release back, or lets it go; one that is yet to be published too. Forgets others that are not published. */
  holdRelease(platform: string, version: string, hold: boolean): Promise<void>;
}
