import { GAP_REASONS, type GapReason, type WireGap } from '@perch/broker-bridge/protocol/messages.ts';
import { GAPS_KEPT } from './limits.ts';
import { hex, type OutboxRecord } from './record.ts';

/** Records that are given up: numbers `from` to `to` of a stream, as far as the server does not have them. */
export interface Gap {
  stream: Uint8Array;
  from: number;
  to: number;
  /** How many records that is, at most. */
  count: number;
  since: number; // Unix ms
  until: number;
  why: GapReason;
}

/** For people. */
export const LOST_BECAUSE: Record<GapReason, string> = {
  full: 'no room was left',
  age: 'they were too old',
  damaged: 'the disk does not give them back',
  stopped: 'the power went, or the agent was killed, before they were on disk',
  unsendable: 'no message can carry them',
};

const sameStream = (a: Gap, b: Gap): boolean => hex(a.stream) === hex(b.stream);

const joined = (a: Gap, b: Gap): Gap => ({
  ...a,
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
  count: a.count + b.count,
  since: Math.min(a.since, b.since),
  until: Math.max(a.until, b.until),
});

/**
 * The gaps with one more. One that follows another of its kind extends it, and past GAPS_KEPT the two that lie
 * nearest become one: gaps get coarser, none is forgotten. Pure.
 */
export function withGap(gaps: readonly Gap[], gap: Gap): Gap[] {
  if (gap.to < gap.from || gap.count < 1) return [...gaps];
  const last = gaps.at(-1);
  if (last !== undefined && sameStream(last, gap) && last.why === gap.why && gap.from === last.to + 1)
    return [...gaps.slice(0, -1), joined(last, gap)];
  const all = [...gaps, gap];
  return all.length > GAPS_KEPT ? coarser(all) : all;
}

/** Numbers that a difference of reasons is worth: two of one reason are joined first. */
const OTHER_REASON = 2 ** 52;

/** Joins the two of one stream that have the fewest numbers between them. */
function coarser(gaps: Gap[]): Gap[] {
  let best: [number, number] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [at, after] of gaps.entries()) {
    const place = gaps.slice(0, at).findLastIndex((one) => sameStream(one, after));
    if (place === -1) continue;
    const before = gaps[place]!;
    const apart = after.from - before.to + (before.why === after.why ? 0 : OTHER_REASON);
    if (apart >= least) continue;
    least = apart;
    best = [place, at];
  }
  // Each of another stream: so many streams had to begin anew with nothing told in between.
  if (best === undefined) return gaps.slice(1);
  const [first, second] = best;
  const both = joined(gaps[first]!, gaps[second]!);
  return gaps.flatMap((gap, at) => (at === second ? [] : at === first ? [both] : [gap]));
}

/** The gaps without those that the server has now. One that grew since it was sent is told again. Pure. */
export function withoutTold(gaps: readonly Gap[], told: readonly Gap[]): Gap[] {
  return gaps.filter(
    (gap) =>
      !told.some(
        (one) =>
          sameStream(one, gap) && one.from === gap.from && one.to === gap.to && one.count === gap.count,
      ),
  );
}

/** As it travels in a message of `stream`. */
export const gapToWire = ({ stream, why, ...gap }: Gap, of: Uint8Array): WireGap => ({
  ...(hex(stream) === hex(of) ? {} : { stream }),
  ...gap,
  why: GAP_REASONS.indexOf(why),
});

/** Records that are given up, each as a gap. */
export const gapsOf = (records: readonly OutboxRecord[], why: GapReason): Gap[] =>
  records.map(({ stream, number, timestamp }) => ({
    stream,
    from: number,
    to: number,
    count: 1,
    since: Math.max(0, timestamp),
    until: Math.max(0, timestamp),
    why,
  }));
