import type { DeviceDetail, LatestItem } from '../../api-types.ts';
import { Card } from '../../parts/card.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Load } from '../../parts/load.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Progress } from '../../parts/progress.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { valueText } from '../../text/units.ts';
import { isOwnMetric, metricText, updateText } from '../../text/words.ts';
import type { Loaded } from '../../use-load.ts';

function ConfigCard({ detail: { device } }: { detail: DeviceDetail }) {
  const { alias, configVersion: runs, configWanted: wanted, refused } = device;
  const refusal = refused?.version === wanted ? refused.text : undefined;
  return (
    <Card
      title="Config"
      padded
      beside={
        <a class="small" href={`/configs/boards/${encodeURIComponent(alias)}`}>
          Open
        </a>
      }
    >
      {refusal !== undefined ? (
        <State kind="bad">{`It refused version ${wanted} and runs ${runs}`}</State>
      ) : wanted === 0 ? (
        <span class="muted">It has none yet: it gets one with its first connection.</span>
      ) : runs === wanted ? (
        <State kind="ok">{`It runs version ${runs}, the newest`}</State>
      ) : (
        <State kind="wait">{`It runs version ${runs}; version ${wanted} is on its way`}</State>
      )}
      {refusal !== undefined && <Notice kind="bad">{refusal}</Notice>}
    </Card>
  );
}

function UpdateCard({ detail: { device, rollout } }: { detail: DeviceDetail }) {
  const { update, version } = device;
  return (
    <Card
      title="Software"
      padded
      beside={
        rollout && (
          <a class="small" href={`/rollouts/${rollout.id}`}>
            Rollout {rollout.id}
          </a>
        )
      }
    >
      <p>
        It runs <strong>{version}</strong>.
      </p>
      {update === undefined ? (
        <p class="muted">No update is under way.</p>
      ) : (
        <>
          <State kind={update.state === 'failed' ? 'bad' : 'info'}>
            {`Release ${update.sequence}: it ${updateText(update.state)}`}
          </State>
          {update.progress !== undefined && <Progress label="Fetched" done={update.progress} total={100} />}
          {update.state === 'failed' && (
            <Notice kind="bad">{update.detail ?? update.error ?? 'It gave no reason.'}</Notice>
          )}
        </>
      )}
    </Card>
  );
}

function OwnMetrics({ latest }: { latest: Loaded<LatestItem[]> }) {
  return (
    <Card title="What the board tells of itself">
      <Load of={latest} what="Live values">
        {(items) => {
          const own = items.filter(({ name }) => isOwnMetric(name));
          if (own.length === 0) return <p class="muted pad">Nothing yet: it tells every few minutes.</p>;
          return (
            <div class="body">
              <Facts
                rows={own.map(({ name, value, unit, error, at }) => [
                  metricText(name),
                  <span key={name}>
                    <strong class="number">
                      {error ?? (value === undefined ? '–' : valueText(value, unit))}
                    </strong>{' '}
                    <span class="muted small">
                      <When at={at} />
                    </span>
                  </span>,
                ])}
              />
            </div>
          );
        }}
      </Load>
    </Card>
  );
}

/** How a board is: its troubles, config, software and own figures. */
export function Condition({ detail, latest }: { detail: DeviceDetail; latest: Loaded<LatestItem[]> }) {
  const { troubles, restart, firstSeen } = detail.device;
  return (
    <>
      {troubles.map((trouble) => (
        <Notice key={trouble} kind="warn">
          {trouble}
        </Notice>
      ))}
      <div class="columns">
        <ConfigCard detail={detail} />
        <UpdateCard detail={detail} />
      </div>
      <OwnMetrics latest={latest} />
      <p class="muted small">
        First seen <When at={firstSeen} />.
        {restart !== undefined && (
          <>
            {' '}
            Started {restart.count} times, the last time <When at={restart.at} />.
          </>
        )}
      </p>
    </>
  );
}
