import type { Store } from '../store/contract.ts';
import { RolloutBook } from './book.ts';
import type { Board, Rollout, Step } from './facts.ts';
import { TROUBLED_SHOWN } from './limits.ts';
import { addZones, loadFacts, needsZones } from './load.ts';
import { type Decision, selects } from './policy.ts';
import { isAtRisk } from './step.ts';
import type { Tally } from './tally.ts';
import { stateText } from './words.ts';

/** A rollout as commands tell it. */
export interface RolloutStatus extends Rollout {
  /** The state for people. */
  text: string;
  /** When the next wave begins if nothing happens, Unix ms. */
  next?: number;
  counts: Omit<Tally, 'places' | 'missing' | 'fresh'>;
  /** Platforms of its boards for which the version is not published. */
  missing: string[];
  /** Boards that gave it up, that wait to try again, or that are silent since they began; TROUBLED_SHOWN at most. */
  troubled: { alias: string; stage: Step['stage']; silent: boolean; code?: Step['code']; tries: number }[];
}

/** What is decided for one board. */
export interface BoardStatus {
  alias: string;
  platform: string;
  version: string;
  wanted?: string;
  /** The rollout that says so; a pin or the standing release when left out. */
  rollout?: number;
  /** The newest rollout that is for it and has not reached it. */
  later?: number;
  why: Extract<Decision, { do: 'leave' }>['why'] | 'to be told';
}

type Facts = Awaited<ReturnType<typeof loadFacts>>['facts'];

function troubledOf(
  { id, spec }: Rollout,
  facts: Facts,
  boards: ReadonlyMap<string, Board>,
  now: number,
): RolloutStatus['troubled'] {
  return facts.steps
    .filter((row) => row.rollout === id && !row.back)
    .map(({ alias, step }) => {
      const { stage, code, tries } = step;
      const heard = Math.max(boards.get(alias)?.lastSeen ?? now, facts.listening);
      const silent = now - heard > spec.limits.silence && isAtRisk(step);
      return { alias, stage, silent, tries, ...(code === undefined ? {} : { code }) };
    })
    .filter(({ stage, silent }) => silent || stage === 'failed' || stage === 'waiting')
    .slice(0, TROUBLED_SHOWN);
}

function statusOf(rollout: Rollout, tally: Tally, troubled: RolloutStatus['troubled']): RolloutStatus {
  const { spec, state } = rollout;
  const { places: _, missing, fresh: __, ...counts } = tally;
  const next = state.enough === undefined ? undefined : state.enough + spec.waves[state.wave]!.soak;
  return {
    ...rollout,
    text: stateText(state),
    ...(next === undefined ? {} : { next }),
    counts,
    missing: [...missing].sort(),
    troubled,
  };
}

function boardStatus(board: Board, decision: Decision, rollouts: readonly Rollout[]): BoardStatus {
  const { alias, platform, version } = board;
  const by = decision.rule?.view?.rollout.id;
  const later = rollouts.find(
    ({ id, spec, state }) => id > (by ?? 0) && state.phase !== 'aborted' && selects(spec, board),
  );
  return {
    ...{ alias, platform, version, why: decision.do === 'offer' ? 'to be told' : decision.why },
    ...(decision.rule === undefined ? {} : { wanted: decision.rule.target.version }),
    ...(by === undefined ? {} : { rollout: by }),
    ...(later === undefined ? {} : { later: later.id }),
  };
}

/**
 * How the rollouts stand by what is stored, the newest first, or the one with that number; and what is decided for a
 * board. A running server knows some seconds more. Rejects as the store does.
 */
export async function readStatus(
  store: Store,
  now: number,
  id?: number,
  alias?: string,
): Promise<{ rollouts: RolloutStatus[]; board?: BoardStatus }> {
  const { facts, boards } = await loadFacts(store, now);
  const book = new RolloutBook(facts, { step: () => {}, state: () => {} });
  for (const board of boards) book.boards.set(board.alias, board);
  const tallies = book.count(now);
  const rollouts = book.rollouts
    .filter((rollout) => id === undefined || rollout.id === id)
    .map((rollout) =>
      statusOf(rollout, tallies.get(rollout.id)!, troubledOf(rollout, facts, book.boards, now)),
    );
  const board = alias === undefined ? undefined : book.boards.get(alias);
  if (board && needsZones(facts.rollouts)) await addZones(store, [board]);
  const decision = board && book.look(board.alias, now);
  return { rollouts, ...(board && decision ? { board: boardStatus(board, decision, book.rollouts) } : {}) };
}
