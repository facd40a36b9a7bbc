import { useEffect } from 'preact/hooks';
import { get, path } from '../../api.ts';
import type { DeviceDetail } from '../../api-types.ts';
import { calmly } from '../../calmly.ts';
import { watch } from '../../live.ts';
import { Load } from '../../parts/load.tsx';
import { State } from '../../parts/state.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { View } from '../../parts/view.tsx';
import { counted } from '../../text/units.ts';
import { useLoad } from '../../use-load.ts';
import { EventList } from '../event-list.tsx';
import { Standing } from '../fleet/words.tsx';
import { BoardFacts } from './board-facts.tsx';
import { Condition } from './condition.tsx';
import { Manage } from './manage.tsx';
import { useLatest } from './use-latest.ts';
import { Values } from './values.tsx';

/** A board is looked at anew at most so often while things happen to it, in ms. */
const CALM_MS = 2_000;
const IDLE_MS = 30_000;

/** One board: what it measures, how it is, what happened, and what to do with it. */
export function BoardView({ alias, tab }: { alias: string; tab: string }) {
  const loaded = useLoad(
    `board ${alias}`,
    (signal) => get<DeviceDetail>(path('devices', alias), undefined, signal),
    IDLE_MS,
  );
  const latest = useLatest(alias);
  const { reload } = loaded;
  useEffect(() => {
    const calm = calmly(reload, CALM_MS);
    const soon = (told: { alias?: string }): void => {
      if (told.alias === alias) calm.soon();
    };
    const undo = [watch('devices', soon), watch('events', soon)];
    return () => {
      for (const end of undo) end();
      calm.stop();
    };
  }, [alias, reload]);
  const to = (name: string): string =>
    `/boards/${encodeURIComponent(alias)}${name === 'values' ? '' : `/${name}`}`;
  const device = loaded.data?.device;
  return (
    <View
      title={alias}
      beside={
        device && (
          <>
            <Standing device={device} />
            {device.alerts > 0 && (
              <a class="plain" href={`/alerts?alias=${encodeURIComponent(alias)}`}>
                <State kind="warn">{counted(device.alerts, 'alert')}</State>
              </a>
            )}
            {device.status === 'approved' && device.health === 'trouble' && (
              <a class="plain" href={to('condition')}>
                <State kind="warn">trouble</State>
              </a>
            )}
          </>
        )
      }
    >
      <Load of={loaded} what="Boards">
        {(detail) => (
          <>
            <BoardFacts detail={detail} items={latest.data} />
            <Tabs
              label="Parts of this board"
              now={tab}
              tabs={[
                ['values', 'Values', to('values')],
                ['condition', 'Condition', to('condition')],
                ['events', 'Events', to('events')],
                ['manage', 'Manage', to('manage')],
              ]}
            />
            {tab === 'values' && <Values alias={alias} latest={latest} />}
            {tab === 'condition' && <Condition detail={detail} latest={latest} />}
            {tab === 'events' && <EventList query={{ alias }} empty="Nothing was noted of this board yet." />}
            {tab === 'manage' && <Manage detail={detail} onChange={reload} />}
          </>
        )}
      </Load>
    </View>
  );
}
