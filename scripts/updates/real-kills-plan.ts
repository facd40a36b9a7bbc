import type { CountedCall, FaultRule, LoggedCall } from '../faults/fs-shim.ts';
import type { Random } from '../fuzz/random.ts';

/** `old`: the version that fetches and installs; `new`: the one that is on trial. */
export type Life = 'old' | 'new';

/** Where a real agent is killed in its update. */
export interface RealKill {
  life: Life;
  call: CountedCall;
  /** The how manieth such call of a life, from 1; counted anew after each kill. */
  nth: number;
  /** A write leaves its first half. */
  torn: boolean;
  /** The power goes: the launcher dies too, and the next start is in another boot. */
  power: boolean;
}

/** How often each life of an update that nothing disturbs makes each call. */
export type CallCounts = Record<Life, ReadonlyMap<CountedCall, number>>;

/** Most kills of one update in each life. A release on trial has three starts in one boot of the board. */
const MOST_KILLS: Record<Life, number> = { old: 4, new: 2 };

/** Counts the calls in a log. Each process counts from 1; the last one is the new version. Pure. */
export function countCalls(calls: readonly LoggedCall[]): CallCounts {
  const second = calls.map(({ ordinal }) => ordinal).lastIndexOf(1);
  const count = (some: readonly LoggedCall[]): Map<CountedCall, number> => {
    const counts = new Map<CountedCall, number>();
    for (const { name, ordinal } of some)
      if (ordinal > 0) counts.set(name as CountedCall, (counts.get(name as CountedCall) ?? 0) + 1);
    return counts;
  };
  return { old: count(calls.slice(0, second)), new: count(calls.slice(second)) };
}

/** Kills of one update, in order: at calls of each kind alike, as those that are few matter most. Pure but for `random`. */
export function drawRealKills(random: Random, counts: CallCounts): RealKill[] {
  const draw = (life: Life): RealKill => {
    const [call, count] = random.pick([...counts[life]]);
    const [torn, power] = [call === 'write' && random.below(2) === 0, random.below(4) === 0];
    return { life, call, nth: 1 + random.below(count), torn, power };
  };
  const some = (life: Life, least: number): RealKill[] =>
    Array.from({ length: least + random.below(MOST_KILLS[life] + 1 - least) }, () => draw(life));
  return [...some('old', 1), ...some('new', 0)];
}

export const ruleOf = ({ call, nth, torn }: RealKill): FaultRule => ({
  kind: torn ? 'TORN' : 'KILL',
  calls: [call],
  from: nth,
});

/** As the command line takes it. */
const killWord = ({ life, call, nth, torn, power }: RealKill): string =>
  `${life}:${call}:${nth}${torn ? ':torn' : ''}${power ? ':power' : ''}`;

export const replayOf = (plan: readonly RealKill[]): string =>
  `node scripts/updates/real-kills.ts ${plan.map((kill) => `--kill ${killWord(kill)}`).join(' ')}`;

/** @throws RangeError for a word that is no kill */
export function killOf(word: string): RealKill {
  const found =
    /^(old|new):(open|write|fsync|fdatasync|truncate|rename|link|unlink|mkdir|rmdir):(\d{1,6})(:torn)?(:power)?$/.exec(
      word,
    );
  if (found === null || Number(found[3]) === 0)
    throw new RangeError(`--kill takes old|new:CALL:NTH[:torn][:power], not ${JSON.stringify(word)}`);
  const [, life, call, nth, torn, power] = found;
  return {
    ...{ life: life as Life, call: call as CountedCall, nth: Number(nth) },
    ...{ torn: torn !== undefined, power: power !== undefined },
  };
}
