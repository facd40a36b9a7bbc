import { READING_MAX } from '@perch/broker-bridge/config/limits.ts';

/** What the agent does over and over. Each must get somewhere while it has something to do. */
export const STAGES = ['sampling', 'sending', 'storing'] as const;
export type Stage = (typeof STAGES)[number];

/** Periods that may go by without a sample, beside the time of one reading. */
export const SAMPLING_PERIODS = 3;
/** Longest time for which records wait on a link that is up without an exchange that ends or is tried anew, in ms. */
export const SENDING_ALLOWANCE_MS = 10 * 60_000;
/** Longest time for one commit of the outbox, in ms. SD cards that tidy up take tens of seconds for an fsync. */
export const STORING_ALLOWANCE_MS = 2 * 60_000;

/** Longest time without a sample, in ms. */
export const samplingAllowance = (period: number): number => SAMPLING_PERIODS * period + READING_MAX;

interface Watched {
  /** When it last got somewhere, or began, in ms. */
  since: number;
  /** Longest time in which it must get somewhere, in ms. */
  allowance: number;
  /** What it has to do, where that is counted: another one means that it got somewhere. */
  mark?: number;
}

/** The stages that have something to do. */
export type Stages = Readonly<Partial<Record<Stage, Watched>>>;

export const IDLE: Stages = {};

/** A stage has something to do from `now` on; if it had the same to do already, its time runs on. Pure. */
export function watched(stages: Stages, stage: Stage, now: number, allowance: number, mark?: number): Stages {
  const before = stages[stage];
  const since = before === undefined || before.mark !== mark ? now : before.since;
  return { ...stages, [stage]: { since, allowance, ...(mark === undefined ? {} : { mark }) } };
}

/** A stage got somewhere: its time begins anew. Pure. */
export const progressed = (stages: Stages, stage: Stage, now: number): Stages => {
  const before = stages[stage];
  return before === undefined ? stages : { ...stages, [stage]: { ...before, since: now } };
};

/** A stage has nothing to do. Pure. */
export const rested = (stages: Stages, stage: Stage): Stages => {
  const { [stage]: _, ...rest } = stages;
  return rest;
};

export interface Stall {
  stage: Stage;
  /** ms without progress. */
  forMs: number;
}

/** The first stage that got nowhere for longer than it may, or undefined when all is well. @param patience factor from 1. Pure. */
export function stalledStage(stages: Stages, now: number, patience = 1): Stall | undefined {
  for (const stage of STAGES) {
    const { since, allowance } = stages[stage] ?? { since: now, allowance: 0 };
    if (now - since > allowance * patience) return { stage, forMs: now - since };
  }
  return undefined;
}
