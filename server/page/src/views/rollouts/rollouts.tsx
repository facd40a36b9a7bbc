import { get } from '../../api.ts';
import type { Pin, Rollout } from '../../api-types-fleet.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Load } from '../../parts/load.tsx';
import { View } from '../../parts/view.tsx';
import { When } from '../../parts/when.tsx';
import { may } from '../../session.ts';
import { useLoad } from '../../use-load.ts';
import { Phase } from './phase.tsx';
import { Pins } from './pins.tsx';
import { Stages } from './stages.tsx';

/** How often the list is loaded anew, in ms. */
const EVERY_MS = 10_000;

function Row({ rollout }: { rollout: Rollout }) {
  const { id, spec, state, counts, created } = rollout;
  return (
    <li class="rollout">
      <div>
        <a href={`/rollouts/${id}`}>
          <strong>{spec.version}</strong>
        </a>{' '}
        <span class="muted small">
          rollout {id}, {spec.groups === undefined ? 'all groups' : spec.groups.join(', ')},{' '}
          <When at={created} />
        </span>
      </div>
      <div>
        <Phase rollout={rollout} />{' '}
        {(state.phase === 'running' || state.phase === 'paused') && (
          <span class="muted small">
            wave {state.wave + 1} of {spec.waves.length}
          </span>
        )}
      </div>
      <Stages counts={counts} words={false} />
    </li>
  );
}

/** Rollouts and pins. */
export function RolloutsView() {
  const loaded = useLoad(
    'rollouts',
    (signal) => get<{ rollouts: Rollout[]; pins: Pin[] }>('/rollouts', undefined, signal),
    EVERY_MS,
  );
  return (
    <View
      title="Rollouts"
      actions={
        may('operate') && (
          <a class="button" href="/rollouts/new">
            <Icon name="plus" />
            Begin a rollout
          </a>
        )
      }
    >
      <Load of={loaded} what="Rollouts">
        {({ rollouts, pins }) => (
          <>
            <div class="card">
              {rollouts.length === 0 ? (
                <Empty title="No rollout yet">
                  <p class="muted">
                    A rollout brings a release to a few boards first, waits, and goes on only when they are
                    well.
                  </p>
                </Empty>
              ) : (
                <ul class="rows">
                  {rollouts.map((rollout) => (
                    <Row key={rollout.id} rollout={rollout} />
                  ))}
                </ul>
              )}
            </div>
            <Card title="Pins">
              <Pins pins={pins} onChange={loaded.reload} />
            </Card>
          </>
        )}
      </Load>
    </View>
  );
}
