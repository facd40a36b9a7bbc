import type { Random } from '../fuzz/random.ts';

/** What a board is at when its power goes. */
export const PHASES = ['boot', 'sampling', 'update', 'trial'] as const;
export type Phase = (typeof PHASES)[number];

/** One cut: so long after the board was switched on, or after its console said something; at the latest so long after its start. */
export interface Cut {
  mark: RegExp | undefined;
  afterMs: number;
}

/** Marks of the console that a cut may wait for, and how long behind them it may come, in ms. */
const MARKS: readonly { mark: RegExp | undefined; withinMs: number }[] = [
  { mark: undefined, withinMs: 12_000 },
  { mark: /the server lets this board in/, withinMs: 6_000 },
  { mark: /fetching release/, withinMs: 8_000 },
  { mark: /is installed; starting it/, withinMs: 8_000 },
];
/** A cut that waits for a mark which does not come falls when the board has been on for so long, in ms. */
export const MARK_LIMIT_MS = 25_000;

export const drawCut = (random: Random): Cut => {
  const { mark, withinMs } = random.pick(MARKS);
  return { mark, afterMs: random.below(withinMs) };
};

/** What the board was at, by what its console said since it was switched on, while `version` is not in force yet. Pure. */
export function phaseOf(console: string, version: string, inForce: boolean): Phase {
  if (!inForce) {
    if (console.includes(`"version":"${version}"`) || console.includes('is installed; starting it'))
      return 'trial';
    if (console.includes('fetching release')) return 'update';
  }
  return console.includes('{"stream"') ? 'sampling' : 'boot';
}
