import type { Rollout, RolloutState, Why } from './facts.ts';

/** Why a rollout stands still, for people. */
export function whyText(why: Why): string {
  switch (why.by) {
    case 'person':
      return 'by hand';
    case 'failures':
      return `${why.failed} of the last ${why.finished} boards failed`;
    case 'silence':
      return `${why.silent} of the last ${why.finished} boards fell silent`;
    case 'missing':
      return `not published for ${why.platforms.join(', ')}`;
    case 'replaced':
      return `rollout ${why.rollout} took its place`;
  }
}

/** The state of a rollout in a few words. */
export function stateText({ phase, why, back }: RolloutState): string {
  const name = phase === 'aborted' && back ? 'aborted, boards go back' : phase;
  return why === undefined ? name : `${name}: ${whyText(why)}`;
}

/** What happened to a rollout, as the log says it. */
export function newsText({ id, spec, state }: Rollout): string {
  const wave = state.phase === 'running' ? `, wave ${state.wave + 1} of ${spec.waves.length}` : '';
  return `rollout ${id} of ${spec.version}: ${stateText(state)}${wave}`;
}
