import type { Pin, Rollout, Target } from './facts.ts';
import type { Policy } from './policy.ts';
import { type RolloutsSince, standingOf } from './standing.ts';

type Known = Pick<Policy, 'target' | 'targets' | 'standing' | 'pinOf'>;

/** What is published and pinned, in the form that decisions ask for. Pure. */
export function knownOf(facts: {
  targets: readonly Target[];
  pins: readonly Pin[];
  rollouts: readonly Rollout[];
  since: RolloutsSince;
}): Known {
  const byPlatform = new Map<string, Target[]>();
  const byVersion = new Map<string, Map<string, Target>>();
  for (const target of facts.targets.toSorted((a, b) => b.sequence - a.sequence)) {
    byPlatform.set(target.platform, [...(byPlatform.get(target.platform) ?? []), target]);
    const versions = byVersion.get(target.platform) ?? new Map<string, Target>();
    byVersion.set(target.platform, versions.set(target.version, target));
  }
  const standing = new Map<string, Target | undefined>();
  for (const [platform, targets] of byPlatform) {
    const covering = facts.rollouts.filter(({ spec }) => spec.platforms?.includes(platform) ?? true);
    standing.set(
      platform,
      standingOf(targets, facts.since, new Set(covering.map(({ spec }) => spec.version))),
    );
  }
  const boards = new Map<string, string>();
  const groups = new Map<string, Pin>();
  for (const pin of facts.pins)
    if (pin.kind === 'board') boards.set(pin.name, pin.version);
    else groups.set(pin.name, pin);
  return {
    target: (platform, version) => byVersion.get(platform)?.get(version),
    targets: (platform) => byPlatform.get(platform) ?? [],
    standing: (platform) => standing.get(platform),
    pinOf(board) {
      const own = boards.get(board.alias);
      if (own !== undefined || groups.size === 0) return own;
      // Of several groups' pins the one that was set last counts.
      const pins = board.groups.flatMap((name) => groups.get(name) ?? []);
      return pins.sort((a, b) => b.created - a.created || (a.name < b.name ? -1 : 1))[0]?.version;
    },
  };
}
