import type { NameRules } from '../faults/power-cut.ts';
import type { Random } from '../fuzz/random.ts';

export const RULES: readonly NameRules[] = ['ext4', 'posix'];
/** One of so many updates loses its power twice more while it ends. */
const AGAIN_IN = 4;
/** Calls of an update, about: a later cut is drawn among so many, and begins anew behind the last one that is made. */
const CALLS_ABOUT = 80;

/** The power goes after so many calls of the update, from 1. */
export interface Cut {
  at: number;
  /** When names survive. */
  rules: NameRules;
  /** Draws what is left. */
  seed: number;
}

/** One board's update: each cut but the first is in what the update still had to do after the one before. */
export interface CutPlan {
  /** The board gets the full form instead of a patch. */
  full: boolean;
  cuts: readonly Cut[];
}

export const replayOf = ({ full, cuts }: CutPlan): string =>
  `node scripts/updates/power-cuts.ts ${full ? '--full ' : ''}${cuts
    .map(({ at, rules, seed }) => `--cut ${at}:${rules}:${seed}`)
    .join(' ')}`;

/** Draws updates: of the disks first each one once, then more than one cut in an update. Pure but for `random`. */
export function drawCuts(random: Random, disks: readonly CutPlan[], updates: number): CutPlan[] {
  const left = [...disks];
  const again = (): Cut => ({
    at: 1 + random.below(CALLS_ABOUT),
    rules: random.pick(RULES),
    seed: random.below(1e6),
  });
  return Array.from({ length: updates }, () => {
    const [plan] = left.length > 0 ? left.splice(random.below(left.length), 1) : [random.pick(disks)];
    if (left.length > 0 && random.below(AGAIN_IN) > 0) return plan!;
    return { ...plan!, cuts: [...plan!.cuts, again(), again()] };
  });
}

/** A cut as the command line takes it. @throws RangeError for another word */
export function cutOf(word: string): Cut {
  const [, at, rules, seed] = /^(\d+):(ext4|posix):(\d+)$/.exec(word) ?? [];
  if (at === undefined || Number(at) === 0)
    throw new RangeError(`--cut takes CALL:ext4:SEED or CALL:posix:SEED, not ${JSON.stringify(word)}`);
  return { at: Number(at), rules: rules as NameRules, seed: Number(seed) };
}
