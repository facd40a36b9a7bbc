import type { Rollout } from '../../api-types-fleet.ts';
import { State, type StateKind } from '../../parts/state.tsx';
import { exactSpan } from '../../text/time.ts';

/** How a wave stands, by the rollout's own state. */
function stateOf({ state: { phase, wave } }: Rollout, at: number): [StateKind, string] {
  if (phase === 'done' || at < wave) return ['ok', 'done'];
  if (at > wave || phase === 'waiting') return ['off', 'to come'];
  if (phase === 'paused') return ['warn', 'paused'];
  return phase === 'aborted' ? ['stop', 'ended'] : ['info', 'under way'];
}

/** The waves in their order. */
export function Waves({ rollout }: { rollout: Rollout }) {
  return (
    <ol class="waves" aria-label="Waves">
      {rollout.spec.waves.map(({ percent, soak }, at) => {
        const [kind, text] = stateOf(rollout, at);
        return (
          <li key={percent} aria-current={at === rollout.state.wave && kind !== 'off' ? 'step' : undefined}>
            <strong class="number">{percent} %</strong>
            <State kind={kind}>{text}</State>
            <span class="muted small">
              {soak === 0 ? 'no wait after' : `then ${exactSpan(soak)} of waiting`}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
