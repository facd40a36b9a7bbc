import type { Rollout } from '../../api-types-fleet.ts';
import { State, type StateKind } from '../../parts/state.tsx';
import { sentence } from '../../problem.ts';

const KINDS: Record<Rollout['state']['phase'], StateKind> = {
  waiting: 'wait',
  running: 'info',
  paused: 'warn',
  aborted: 'stop',
  done: 'ok',
};

/** How a rollout stands. */
export const Phase = ({ rollout: { state, text } }: { rollout: Rollout }) => (
  <State kind={KINDS[state.phase]}>{sentence(text)}</State>
);

/** True while it can be paused, resumed or ended. Pure. */
export const isOpen = ({ state: { phase } }: Rollout): boolean => phase !== 'done' && phase !== 'aborted';
