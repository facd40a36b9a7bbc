import { useState } from 'preact/hooks';
import { get, path, post } from '../../api.ts';
import type { Rollout } from '../../api-types-fleet.ts';
import { Card } from '../../parts/card.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure, Notice } from '../../parts/notice.tsx';
import { State } from '../../parts/state.tsx';
import { View } from '../../parts/view.tsx';
import { When } from '../../parts/when.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';
import { AbortDialog } from './abort-dialog.tsx';
import { isOpen, Phase } from './phase.tsx';
import { specText } from './spec.ts';
import { Stages } from './stages.tsx';
import { Waves } from './waves.tsx';

const EVERY_MS = 5_000;

function Troubled({ rollout: { troubled } }: { rollout: Rollout }) {
  if (troubled.length === 0) return null;
  return (
    <Card title="Boards in trouble">
      <ul class="rows">
        {troubled.map(({ alias, stage, silent, code, tries }) => (
          <li key={alias}>
            <a href={`/boards/${encodeURIComponent(alias)}/condition`}>{alias}</a>
            <span class="state-cell">
              {silent ? (
                <State kind="warn">silent since it began</State>
              ) : stage === 'failed' ? (
                <State kind="bad">gave it up</State>
              ) : (
                <State kind="wait">will try again</State>
              )}
            </span>
            <span class="muted small">
              {code !== undefined && <code>{code}</code>} {tries > 0 && `${tries} tries`}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** One rollout: how far it is, by which rules, and steering it. */
export function RolloutView({ id }: { id: number }) {
  const at = path('rollouts', id);
  const loaded = useLoad(at, (signal) => get<{ rollout: Rollout }>(at, undefined, signal), EVERY_MS);
  const [aborts, setAborts] = useState(false);
  const act = useAction(async (word: 'pause' | 'resume') => {
    await post(`${at}/${word}`);
    announce(word === 'pause' ? 'It is paused' : 'It goes on');
    loaded.reload();
  });
  const rollout = loaded.data?.rollout;
  const phase = rollout?.state.phase;
  return (
    <View
      title={rollout === undefined ? `Rollout ${id}` : `Rollout ${id} of ${rollout.spec.version}`}
      beside={rollout && <Phase rollout={rollout} />}
      actions={
        rollout !== undefined &&
        may('operate') && (
          <>
            {(phase === 'running' || phase === 'waiting') && (
              <button type="button" class="button" disabled={act.busy} onClick={() => void act.run('pause')}>
                Pause
              </button>
            )}
            {phase === 'paused' && (
              <button
                type="button"
                class="button main"
                disabled={act.busy}
                onClick={() => void act.run('resume')}
              >
                Go on
              </button>
            )}
            {phase !== 'aborted' && (
              <button type="button" class="button danger" onClick={() => setAborts(true)}>
                End…
              </button>
            )}
          </>
        )
      }
    >
      <Failure text={act.error} />
      <Load of={loaded} what="Rollouts">
        {({ rollout: found }) => (
          <>
            {found.missing.length > 0 && (
              <Notice kind="warn">
                Version {found.spec.version} is not published for {found.missing.join(', ')} yet.
              </Notice>
            )}
            <Card title="Progress" padded>
              <Stages counts={found.counts} />
              <Waves rollout={found} />
              {found.next !== undefined && isOpen(found) && (
                <p class="small">
                  The wave is well so far. The next one begins <When at={found.next} />, if nothing happens.
                </p>
              )}
            </Card>
            <Troubled rollout={found} />
            <Card title="Rules">
              <div class="body">
                <Facts rows={[...specText(found.spec), ['Begun', <When key="at" at={found.created} />]]} />
              </div>
            </Card>
          </>
        )}
      </Load>
      {aborts && (
        <AbortDialog
          onClose={() => setAborts(false)}
          act={async (back) => {
            await post(`${at}/abort`, { back });
            announce('It is ended');
            setAborts(false);
            loaded.reload();
          }}
        />
      )}
    </View>
  );
}
