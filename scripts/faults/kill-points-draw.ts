import type { Random } from '../fuzz/random.ts';
import type { CountedCall, FaultRule, FsShimOptions } from './fs-shim.ts';

/** How one life of the agent goes and ends. */
export interface Life {
  wire: 'cut' | 'whole';
  /** Under the launcher, which starts it anew after the first kill, for a second one. */
  launcher: boolean;
  /** Calls on the disk count alone, not those on the journal in RAM. */
  diskOnly: boolean;
  /** Where it is killed, as the shim takes it. */
  kill: Pick<FsShimOptions, 'killAt' | 'killHalf' | 'fail'>;
  /** The journal in RAM is gone afterwards, as after a power cut. */
  power: boolean;
}

/** Calls that are few among the others: some lives end at one of them, whenever it comes. */
const RARE: readonly CountedCall[] = ['unlink', 'rename', 'fsync', 'fdatasync', 'open', 'mkdir'];
const FEW = 40;
const MANY = 150;

/**
 * Draws a life. The wire stays as it was most of the time, so that a backlog grows and goes. Pure but for `random`.
 * @param power share of the lives that lose the journal
 */
export function drawLife(random: Random, before: Life['wire'], power: number): Life {
  const chance = (of: number): boolean => random.next() < of;
  const wire = chance(0.85) ? before : random.pick(['cut', 'whole'] as const);
  return {
    wire,
    launcher: chance(0.06),
    diskOnly: chance(0.4),
    kill: chance(0.3)
      ? { fail: [ruleOf(random)] }
      : { killAt: 1 + random.below(chance(0.85) ? FEW : MANY), killHalf: chance(0.5) },
    power: chance(power),
  };
}

const ruleOf = (random: Random): FaultRule => ({
  kind: 'KILL',
  calls: [random.pick(RARE)],
  from: 1 + random.below(4),
});

/** A life in a few words. */
export function lifeText({ wire, launcher, diskOnly, kill, power }: Life): string {
  const rule = kill.fail?.[0];
  const at =
    rule === undefined
      ? `call ${kill.killAt}${kill.killHalf ? ', torn if a write' : ''}`
      : `${rule.calls} ${rule.from}`;
  return [
    `wire ${wire}`,
    ...(launcher ? ['launcher'] : []),
    `killed at ${at}${diskOnly ? ' on disk' : ''}`,
    ...(power ? ['journal lost'] : []),
  ].join(', ');
}
