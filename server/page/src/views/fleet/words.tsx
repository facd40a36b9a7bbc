import type { DeviceSummary } from '../../api-types.ts';
import { State } from '../../parts/state.tsx';
import { counted } from '../../text/units.ts';

/** Whether a board is in, and connected. */
export function Standing({
  device: { status, online },
}: {
  device: Pick<DeviceSummary, 'status' | 'online'>;
}) {
  if (status === 'pending') return <State kind="wait">waiting</State>;
  if (status === 'revoked') return <State kind="stop">revoked</State>;
  return online ? <State kind="ok">online</State> : <State kind="off">offline</State>;
}

/** Whether a person should look into it, and what. */
export function Health({ device }: { device: DeviceSummary }) {
  const { health, troubles, status, alerts } = device;
  if (status !== 'approved') return <span class="muted">–</span>;
  const all = [...(alerts > 0 ? [counted(alerts, 'alert')] : []), ...troubles];
  if (health === 'ok' && all.length === 0) return <State kind="ok">well</State>;
  const more = all.length > 1 ? ` (+${all.length - 1})` : '';
  return (
    <span title={all.join('\n')}>
      <State kind="warn">{`${all[0] ?? 'trouble'}${more}`}</State>
    </span>
  );
}

/** The config that it runs, and the one that it should run. */
export function ConfigVersions({ device }: { device: DeviceSummary }) {
  const { configVersion: runs, configWanted: wanted, refused, status } = device;
  if (status !== 'approved' || (runs === 0 && wanted === 0)) return <span class="muted">none</span>;
  if (refused !== undefined && refused.version === wanted)
    return (
      <span title={refused.text}>
        <State kind="bad">{`${wanted} refused`}</State>
      </span>
    );
  if (runs === wanted) return <span title={`It runs config ${runs}, the newest`}>{runs}</span>;
  return (
    <span title={`It runs config ${runs}; config ${wanted} is on its way`}>
      <State kind="wait">{`${runs} → ${wanted}`}</State>
    </span>
  );
}
