import type { Limits } from './facts.ts';

const HOUR = 3_600_000;

/** How a rollout goes when nothing else is said: careful enough for who does not look at it for a day. */
export const DEFAULT_WAVES: readonly number[] = [1, 10, 50, 100];
export const DEFAULT_SOAK_MS = 24 * HOUR;
export const DEFAULT_LIMITS: Limits = {
  ...{ failures: 0.1, silent: 0.1, least: 3, enough: 0.8, atOnce: 50, tries: 5 },
  // A board that reports once a day is not silent.
  silence: 36 * HOUR,
};
