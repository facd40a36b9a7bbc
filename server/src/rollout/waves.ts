import type { Limits, Rollout, RolloutState, Why } from './facts.ts';
import { cutFor } from './place.ts';
import type { Tally } from './tally.ts';

export const NEW_STATE: RolloutState = { phase: 'waiting', wave: 0, cut: -1, since: 0 };

type Fresh = Tally['fresh'];

/** Why a rollout must not go on: too many boards failed or fell silent since its wave began. Pure. */
export function troubleOf(limits: Limits, { done, failed, silent }: Fresh): Why | undefined {
  const finished = done + failed + silent;
  const over = (count: number, share: number): boolean => count >= limits.least && count > share * finished;
  if (over(failed, limits.failures)) return { by: 'failures', failed, finished };
  if (over(silent, limits.silent)) return { by: 'silence', silent, finished };
  return undefined;
}

/** How many boards the wave can still come to, and whether enough of them run the release. */
function success(limits: Limits, { stages, open, fresh, silent }: Tally): { enough: boolean; stuck?: Why } {
  const total = stages.done + open + fresh.failed + fresh.silent;
  // Nobody is left but boards whose failure a person has accepted by resuming.
  if (total === 0) return { enough: stages.failed + silent > 0 };
  if (stages.done >= limits.enough * total) return { enough: true };
  if (open > 0 || fresh.failed + fresh.silent === 0) return { enough: false };
  const finished = fresh.done + fresh.failed + fresh.silent;
  const stuck: Why =
    fresh.failed >= fresh.silent
      ? { by: 'failures', failed: fresh.failed, finished }
      : { by: 'silence', silent: fresh.silent, finished };
  return { enough: false, stuck };
}

const paused = ({ enough: _, ...state }: RolloutState, why: Why): RolloutState => ({
  ...state,
  phase: 'paused',
  why,
});

/** Begins the first wave at or after `wave` that adds a board, or ends the rollout when the last one adds none. */
function begin({ spec, state }: Rollout, wave: number, places: readonly number[], now: number): RolloutState {
  const last = spec.waves.length - 1;
  let { cut } = state;
  for (let index = wave; index <= last; index++) {
    cut = Math.max(cut, cutFor(spec.waves[index]!.percent, places) ?? -1);
    const adds = places.some((place) => place > state.cut && place <= cut);
    if (adds || index === 0) return { phase: 'running', wave: index, cut, since: now };
  }
  // What is counted goes on with the last wave: late boards are few, and few failures must not look like many.
  return { phase: 'done', wave: last, cut, since: state.since };
}

/**
 * The state of a rollout after a look at its boards at `now` (Unix ms); the same object when nothing changed. Calling it
 * often is harmless, calling it late only delays. Pure.
 */
export function advance(rollout: Rollout, tally: Tally, now: number): RolloutState {
  const { spec, state } = rollout;
  if (state.phase === 'aborted' || state.phase === 'paused') return state;
  if (state.phase === 'waiting') {
    if (tally.missing.size === 0) return begin(rollout, 0, tally.places, now);
    const platforms = [...tally.missing].sort();
    const same = state.why?.by === 'missing' && state.why.platforms.join() === platforms.join();
    return same ? state : { ...state, why: { by: 'missing', platforms } };
  }
  const trouble = troubleOf(spec.limits, tally.fresh);
  if (trouble !== undefined) return paused(state, trouble);
  if (state.phase === 'done') return state;
  if (tally.reached === 0) {
    // Nobody of the wave is there any more: others take their place, or it would wait for them for ever.
    const cut = cutFor(spec.waves[state.wave]!.percent, tally.places);
    return cut === undefined || cut <= state.cut ? state : { ...state, cut, since: now };
  }
  const { enough, stuck } = success(spec.limits, tally);
  if (stuck !== undefined) return paused(state, stuck);
  if (!enough) {
    const { enough: before, ...rest } = state;
    return before === undefined ? state : rest;
  }
  const since = state.enough ?? now;
  if (now - since < spec.waves[state.wave]!.soak)
    return state.enough === undefined ? { ...state, enough: now } : state;
  return begin(rollout, state.wave + 1, tally.places, now);
}

/** A person stops it; undefined when it does not run. Boards that have not begun stay on what they have. */
export const pause = (state: RolloutState): RolloutState | undefined =>
  state.phase === 'running' || state.phase === 'done' ? paused(state, { by: 'person' }) : undefined;

/** A person lets it go on; undefined when it is not paused. What happened so far is no longer counted against it. */
export function resume({ why: _, ...state }: RolloutState, now: number): RolloutState | undefined {
  return state.phase === 'paused' ? { ...state, phase: 'running', since: now } : undefined;
}

/** Ends it; undefined when it is ended already, unless only `back` is new. */
export function abort(
  state: RolloutState,
  back: boolean,
  why: Why = { by: 'person' },
): RolloutState | undefined {
  if (state.phase === 'aborted' && (!back || state.back)) return undefined;
  const { enough: _, ...rest } = state;
  return { ...rest, phase: 'aborted', why, ...(back ? { back } : {}) };
}
