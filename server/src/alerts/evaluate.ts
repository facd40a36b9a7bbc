import type { RuleCondition } from '../store/alert-contract.ts';

/** A number of an item, and when it was measured (Unix ms). */
export interface Reading {
  at: number;
  value: number;
}

/** What is remembered between two readings of one rule and board. */
export interface Watch {
  /** Since when the bound has been passed without a break, Unix ms. */
  passed?: number;
  /** The readings that a change is looked for in, oldest first. */
  window?: Reading[];
}

/** Readings that are kept of one window; of more, every other one is forgotten but the outermost. */
export const WINDOW_LIMIT = 120;

/** `fires` and `ends`: the alert begins or is over with this reading. `holds`: neither; it stays as it is. */
export type Verdict = { watch: Watch; is: 'fires' | 'ends' | 'holds'; value: number };

type Bound = Extract<RuleCondition, { above: number } | { below: number }>;
type Rate = Extract<RuleCondition, { rate: number }>;
export type ItemCondition = Bound | Rate;

/** How far a value is over a bound; negative: within. Above and below are one thing with the sign turned. Pure. */
const excess = (when: Bound, value: number): number =>
  'above' in when ? value - when.above : when.below - value;

function byBound(when: Bound, { passed }: Watch, { at, value }: Reading): Verdict {
  const over = excess(when, value);
  if (over > 0) {
    const since = passed ?? at;
    return { watch: { passed: since }, is: at - since >= (when.for ?? 0) ? 'fires' : 'holds', value };
  }
  // Between the bound and the hysteresis nothing begins and nothing ends.
  return { watch: {}, is: over <= -(when.hysteresis ?? 0) ? 'ends' : 'holds', value };
}

/** Every other reading of a window, but its first and last. Pure. */
const thinned = (window: readonly Reading[]): Reading[] =>
  window.filter((_, index) => index === 0 || index === window.length - 1 || index % 2 === 1);

function byRate(when: Rate, { window = [] }: Watch, reading: Reading): Verdict {
  const recent = [...window.filter(({ at }) => reading.at - at <= when.per), reading];
  const kept = recent.length > WINDOW_LIMIT ? thinned(recent) : recent;
  const values = kept.map(({ value }) => value);
  const change = Math.max(...values) - Math.min(...values);
  const is = change > when.rate ? 'fires' : change <= when.rate - (when.hysteresis ?? 0) ? 'ends' : 'holds';
  return { watch: { window: kept }, is, value: change };
}

/** What a reading means for a rule about an item. Readings come in the order of their times. Pure. */
export const evaluate = (when: ItemCondition, watch: Watch, reading: Reading): Verdict =>
  'rate' in when ? byRate(when, watch, reading) : byBound(when, watch, reading);

/** A board is silent when it was not heard for so long; a server that did not listen has heard nobody. Pure. */
export const isSilent = (silence: number, lastHeard: number, listeningSince: number, now: number): boolean =>
  now - Math.max(lastHeard, listeningSince) > silence;
