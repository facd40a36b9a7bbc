import { useEffect } from 'preact/hooks';
import { get, path } from '../../api.ts';
import type { DeviceDetail, DeviceSummary } from '../../api-types.ts';
import { calmly } from '../../calmly.ts';
import { watch } from '../../live.ts';
import { Card } from '../../parts/card.tsx';
import { Load } from '../../parts/load.tsx';
import { State } from '../../parts/state.tsx';
import { counted } from '../../text/units.ts';
import { useLoad } from '../../use-load.ts';

/** Boards whose answers are shown. */
const SHOWN = 20;
const CALM_MS = 1_500;
const IDLE_MS = 10_000;

function Answer({ device }: { device: DeviceSummary }) {
  const { configVersion: runs, configWanted: wanted, refused, online } = device;
  if (refused !== undefined && refused.version === wanted)
    return (
      <>
        <State kind="bad">{`refused version ${wanted}, runs ${runs}`}</State>
        <span class="wrap-any small">{refused.text}</span>
      </>
    );
  if (wanted === 0) return <State kind="off">has none yet</State>;
  if (runs === wanted) return <State kind="ok">{`runs version ${runs}`}</State>;
  return (
    <State kind="wait">{`${online ? 'gets' : 'gets, once it is connected,'} version ${wanted}; runs ${runs}`}</State>
  );
}

/** What boards answered to their configs, as it comes. */
export function Answers({ aliases }: { aliases: string[] }) {
  const shown = aliases.slice(0, SHOWN);
  const key = shown.join();
  const loaded = useLoad(
    `answers ${key}`,
    (signal) =>
      Promise.all(shown.map((alias) => get<DeviceDetail>(path('devices', alias), undefined, signal))).then(
        (all) => all.map(({ device }) => device),
      ),
    IDLE_MS,
  );
  const { reload } = loaded;
  useEffect(() => {
    const calm = calmly(reload, CALM_MS);
    const undo = watch('devices', ({ alias }) => {
      if (key.split(',').includes(alias)) calm.soon();
    });
    return () => {
      undo();
      calm.stop();
    };
  }, [key, reload]);
  if (shown.length === 0) return null;
  return (
    <Card title={aliases.length === 1 ? 'What the board answered' : 'What the boards answered'}>
      <Load of={loaded} what="Boards" lines={1}>
        {(devices) => (
          <ul class="rows">
            {devices.map((device) => (
              <li key={device.alias}>
                <a href={`/boards/${encodeURIComponent(device.alias)}`}>{device.alias}</a>
                <span class="answer">
                  <Answer device={device} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Load>
      {aliases.length > SHOWN && (
        <p class="hint pad">
          and {counted(aliases.length - SHOWN, 'more board', 'more boards')}; the fleet shows all.
        </p>
      )}
    </Card>
  );
}
