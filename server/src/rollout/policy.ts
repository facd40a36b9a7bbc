import type { Board, Rollout, RolloutSpec, Step, Target } from './facts.ts';
import { dueAt, inHand, isAtRisk, offered } from './step.ts';
import { isOpen } from './window.ts';

/** A rollout with how far its boards are. */
export interface View {
  rollout: Rollout;
  /** By alias. */
  steps: ReadonlyMap<string, Step>;
  /** Of boards that go back, by alias. */
  back: ReadonlyMap<string, Step>;
  /** place.ts */
  place(alias: string): number;
  /** Boards that may begin now. */
  slots: number;
}

/** All that a decision on one board goes by. */
export interface Policy {
  /** Since when the server listens, after an outage of its own, Unix ms: nobody was silent before. */
  listening: number;
  /** The newest first. */
  views: readonly View[];
  /** Steps that belong to no rollout: of pins and of the standing release, by alias. */
  own: ReadonlyMap<string, Step>;
  /** The version that a board is pinned to. */
  pinOf(board: Board): string | undefined;
  /** The release that all boards of a platform get where no rollout says otherwise. */
  standing(platform: string): Target | undefined;
  target(platform: string, version: string): Target | undefined;
  /** The newest first. */
  targets(platform: string): readonly Target[];
}

/** What holds for a board: the release, and who says so. */
export interface Rule {
  target: Target;
  view?: View;
  /** It goes back to this release. */
  back?: true;
  /** A board that runs something newer is meant as well. */
  downgrade: boolean;
}

export type Leave =
  | 'no release'
  | 'runs it'
  | 'runs newer'
  | 'stopped'
  | 'in hand'
  | 'failed'
  | 'back-off'
  | 'window'
  | 'at once';

/** What to do about a board now. `step`: what to keep from now on. */
export type Decision =
  | { do: 'offer'; target: Target; rule: Rule; step: Step }
  | { do: 'leave'; why: Leave; rule?: Rule };

/** True when the rollout is for that board, now or in a later wave. */
export function selects({ groups, platforms }: RolloutSpec, board: Board): boolean {
  return (
    (platforms === undefined || platforms.includes(board.platform)) &&
    (groups === undefined || groups.some((name) => board.groups.includes(name)))
  );
}

/** True when the board runs the release or may be given it: it is newer, or it may replace what runs and is meant to. */
export function mayTake(board: Board, target: Target, downgrade: boolean, policy: Policy): boolean {
  if (board.version === target.version) return true;
  const running = policy.target(board.platform, board.version)?.sequence;
  // What was never published here has no sequence; the board itself knows what it may replace.
  if (running === undefined || target.sequence > running) return true;
  return downgrade && (target.mayReplace ?? 0) >= running;
}

/** Where a board goes back to: what it ran before, or else the newest older release; only with the signed permission. */
function earlier(board: Board, step: Step, policy: Policy): Target | undefined {
  const running = policy.target(board.platform, board.version)?.sequence;
  if (running === undefined) return undefined;
  const may = policy
    .targets(board.platform)
    .filter((target) => target.sequence < running && (target.mayReplace ?? 0) >= running);
  return may.find((target) => target.version === step.from) ?? may[0];
}

/** What one rollout says of a board; undefined when that is up to an older one. */
function ruleOfView(board: Board, view: View, policy: Policy): Rule | undefined {
  const { spec, state } = view.rollout;
  if (!selects(spec, board)) return undefined;
  const step = view.steps.get(board.alias);
  const target = policy.target(board.platform, spec.version);
  if (target === undefined) return undefined;
  if (state.phase === 'aborted') {
    // Who has it stays on it, or goes back; nobody else is moved by what was ended.
    const has = board.version === spec.version;
    if (step === undefined || !(has || isAtRisk(step))) return undefined;
    const before = has && state.back ? earlier(board, step, policy) : undefined;
    if (before !== undefined) return { target: before, view, back: true, downgrade: true };
    return { target, view, downgrade: false };
  }
  const reached = state.phase !== 'paused' && view.place(board.alias) <= state.cut;
  if (step === undefined && !reached) return undefined;
  return { target, view, downgrade: spec.downgrade === true };
}

/**
 * What holds for a board: its pin, else the newest rollout that has reached it, else the standing release. A rollout that
 * has not reached it leaves it to the one before, so that who was away for long gets at least that. Pure.
 */
export function ruleOf(board: Board, policy: Policy): Rule | undefined {
  const pin = policy.pinOf(board);
  if (pin !== undefined) {
    const target = policy.target(board.platform, pin);
    return target && { target, downgrade: true };
  }
  for (const view of policy.views) {
    const rule = ruleOfView(board, view, policy);
    if (rule !== undefined) return rule;
  }
  const target = policy.standing(board.platform);
  return target && { target, downgrade: false };
}

/** The step that a board has under a rule. */
export function stepOf({ view, back, target }: Rule, alias: string, policy: Policy): Step | undefined {
  const step = (view === undefined ? policy.own : back ? view.back : view.steps).get(alias);
  return step?.version === target.version ? step : undefined;
}

/** Whether to tell a board of a release now (Unix ms), and if not, why not. Pure. */
export function decide(board: Board, policy: Policy, now: number): Decision {
  const rule = ruleOf(board, policy);
  if (rule === undefined) return { do: 'leave', why: 'no release' };
  const { target, view, back } = rule;
  const leave = (why: Leave): Decision => ({ do: 'leave', why, rule });
  if (board.version === target.version) return leave('runs it');
  if (!mayTake(board, target, rule.downgrade, policy)) return leave('runs newer');
  const step = stepOf(rule, board.alias, policy);
  if (step?.stage === 'failed') return leave('failed');
  const phase = view?.rollout.state.phase;
  if (phase === 'paused' || (phase === 'aborted' && !back)) return leave('stopped');
  if (inHand(board, target)) return leave('in hand');
  if (step?.stage === 'waiting' && now < dueAt(step)) return leave('back-off');
  const window = back ? undefined : view?.rollout.spec.window; // who says "back" means now
  if (window !== undefined && !isOpen(window, board.timeZone, now)) return leave('window');
  if (step !== undefined && isAtRisk(step)) return { do: 'offer', target, rule, step };
  if (view !== undefined && view.slots <= 0) return leave('at once');
  return { do: 'offer', target, rule, step: offered(step, board, target, now) };
}
