import type { Target } from './facts.ts';

/** Since when rollouts decide over a platform, Unix ms; "*" is every platform. */
export type RolloutsSince = Readonly<Record<string, number>>;

/**
 * The release that every board of a platform gets at once where no rollout and no pin says otherwise: the newest one that
 * is not held. From the first rollout of the platform on, what is published waits for a rollout, so the standing release
 * is the newest from before, less what a rollout has taken up since. `targets` are those of one platform. Pure.
 */
export function standingOf(
  targets: readonly Target[],
  since: RolloutsSince,
  rolledOut: ReadonlySet<string>,
): Target | undefined {
  const free = targets.filter(
    ({ platform, version, created, held }) =>
      !held &&
      !rolledOut.has(version) &&
      created < Math.min(since[platform] ?? Number.POSITIVE_INFINITY, since['*'] ?? Number.POSITIVE_INFINITY),
  );
  return free.reduce<Target | undefined>(
    (newest, target) => (newest === undefined || target.sequence > newest.sequence ? target : newest),
    undefined,
  );
}
