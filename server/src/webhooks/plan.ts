import type { Attempt, Delivery } from '../store/webhook-contract.ts';

/** Waits after the first attempt, the second, and so on, in ms: a day in all. After the last attempt it is given up. */
export const RETRIES_MS: readonly number[] = [
  ...[5_000, 30_000, 120_000, 600_000, 1_800_000],
  ...[3_600_000, 7_200_000, 14_400_000, 28_800_000, 28_800_000],
];
/** Part of each wait that is up to chance, so that many do not come back at once. */
const JITTER = 0.1;
/** After failures in a row a webhook rests so long, in ms, whatever else is due: it may be down. */
export const REST_MS = { least: 1_000, most: 60_000 } as const;
/** Longest wait that a receiver can ask for, in ms. */
export const RETRY_AFTER_MOST_MS = 3_600_000;

/** What came of posting: a status with the wait that was asked for (ms), or why there was none. */
export type Outcome = { status: number; wait: number } | { error: string };

export const isGood = (outcome: Outcome): boolean =>
  'status' in outcome && outcome.status >= 200 && outcome.status <= 299;

/** 410: nobody wants to be told here any more. */
export const isGone = (outcome: Outcome): boolean => 'status' in outcome && outcome.status === 410;

/** What is written down of an attempt that ended at `now`. `chance` in [0, 1). Pure. */
export function attemptOf(
  { attempts }: Pick<Delivery, 'attempts'>,
  outcome: Outcome,
  now: number,
  chance: number,
): Attempt {
  const said = 'status' in outcome ? { status: outcome.status } : { error: outcome.error };
  if (isGood(outcome)) return { state: 'delivered', due: 0, tried: now, ...said };
  const wait = RETRIES_MS[attempts];
  if (wait === undefined || isGone(outcome)) return { state: 'failed', due: 0, tried: now, ...said };
  const asked = 'wait' in outcome ? outcome.wait : 0;
  const due = now + Math.round(Math.max(wait * (1 + JITTER * chance), asked));
  return { state: 'waiting', due, tried: now, ...said };
}

/** How long a webhook rests after so many failures in a row, in ms. Pure. */
export const restMs = (failures: number): number =>
  failures === 0 ? 0 : Math.min(REST_MS.least * 2 ** Math.min(failures - 1, 30), REST_MS.most);

/** An outcome in words. Pure. */
export const outcomeText = (outcome: Outcome): string =>
  'status' in outcome ? `status ${outcome.status}` : outcome.error;
