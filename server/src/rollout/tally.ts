import type { Board, Stage, Step } from './facts.ts';
import { mayTake, type Policy, ruleOf, selects, type View } from './policy.ts';
import { isAtRisk } from './step.ts';

/** How the boards of a rollout stand. */
export interface Tally {
  /** Boards that the rollout is for and that no pin and no newer rollout has. */
  selected: number;
  /** Of these, in the waves so far, and heard of late or begun. */
  reached: number;
  stages: Record<Stage, number>;
  /** Begun, and not heard for too long. They are in no stage. */
  silent: number;
  /** They run something newer, and it is not meant to be replaced. */
  newer: number;
  /** Reached and heard of late, and neither done nor given up. */
  open: number;
  /** Since the wave began or was resumed. */
  fresh: { done: number; failed: number; silent: number };
  /** Boards that update now. */
  atRisk: number;
  /** Places of the boards that are heard of and not newer: the cut of a wave is made from them. */
  places: number[];
  /** Platforms of selected boards for which the version is not published. */
  missing: Set<string>;
}

const emptyTally = (): Tally => ({
  selected: 0,
  reached: 0,
  stages: { offered: 0, fetching: 0, trial: 0, done: 0, waiting: 0, failed: 0 },
  silent: 0,
  newer: 0,
  open: 0,
  fresh: { done: 0, failed: 0, silent: 0 },
  atRisk: 0,
  places: [],
  missing: new Set(),
});

/** How all rollouts stand at `now` (Unix ms), in the order of the policy's views. One pass over the boards. Pure. */
export function summarise(boards: Iterable<Board>, policy: Policy, now: number): Tally[] {
  const tallies = policy.views.map(emptyTally);
  for (const board of boards) {
    if (policy.pinOf(board) !== undefined) continue;
    const { view: governing } = ruleOf(board, policy) ?? {};
    for (const [index, view] of policy.views.entries()) {
      if (selects(view.rollout.spec, board)) add(tallies[index]!, board, view, policy, now);
      if (view === governing) break;
    }
  }
  return tallies;
}

function add(tally: Tally, board: Board, view: View, policy: Policy, now: number): void {
  const { spec, state } = view.rollout;
  const target = policy.target(board.platform, spec.version);
  tally.selected += 1;
  if (target === undefined) {
    tally.missing.add(board.platform);
    return;
  }
  const heard = Math.max(board.lastSeen, policy.listening);
  const quiet = now - heard > spec.limits.silence;
  const step = view.steps.get(board.alias);
  if (step !== undefined) {
    tally.reached += 1;
    if (!quiet) tally.places.push(view.place(board.alias));
    const back = state.back ? view.back.get(board.alias) : undefined;
    addStep(tally, back ?? step, state, quiet ? heard + spec.limits.silence : undefined);
    // Boards that a release has killed must not keep the others from going back.
    if (!quiet && isAtRisk(back ?? step) && (back !== undefined || !state.back)) tally.atRisk += 1;
    return;
  }
  if (!mayTake(board, target, spec.downgrade === true, policy)) {
    tally.newer += 1;
    return;
  }
  const reached = view.place(board.alias) <= state.cut;
  if (!quiet) tally.places.push(view.place(board.alias));
  if (board.version === target.version) {
    tally.stages.done += 1; // it had it before
    if (reached) tally.reached += 1;
  } else if (reached && !quiet) {
    tally.reached += 1;
    tally.open += 1;
  }
}

/** `silentSince`: of a board that was not heard for too long, Unix ms. */
function addStep(
  tally: Tally,
  step: Step,
  { phase, since }: View['rollout']['state'],
  silentSince: number | undefined,
): void {
  // Who has proved the release and goes off when its wave is over is off for a reason of its own.
  const watched = isAtRisk(step) || (step.stage === 'done' && phase === 'running' && step.since >= since);
  if (silentSince !== undefined && watched) {
    tally.silent += 1;
    if (silentSince >= since) tally.fresh.silent += 1;
    return;
  }
  if (step.stage === 'failed' && step.code === 'OLD_RELEASE') {
    tally.newer += 1;
    return;
  }
  tally.stages[step.stage] += 1;
  if (step.stage === 'done' || step.stage === 'failed') {
    if (step.since >= since) tally.fresh[step.stage] += 1;
  } else if (silentSince === undefined) tally.open += 1;
}
