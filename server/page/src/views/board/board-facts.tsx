import type { DeviceDetail } from '../../api-types.ts';
import { Facts } from '../../parts/facts.tsx';
import { When } from '../../parts/when.tsx';
import { ConfigVersions } from '../fleet/words.tsx';

/** What one wants to know of a board first. */
export function BoardFacts({ detail: { device, outbox } }: { detail: DeviceDetail }) {
  const { alias, lastSeen, version, platform, groups } = device;
  return (
    <div class="card body">
      <Facts
        rows={[
          ['Last seen', <When key="seen" at={lastSeen} />],
          ['Version', version],
          [
            'Config',
            <a key="config" class="plain" href={`/configs/boards/${encodeURIComponent(alias)}`}>
              <ConfigVersions device={device} />
            </a>,
          ],
          outbox?.waiting !== undefined && [
            'Waits to be sent',
            outbox.waiting === 0 ? 'nothing' : `${outbox.waiting} records`,
          ],
          ['Platform', platform],
          ['Groups', groups.length === 0 ? <span class="muted">none</span> : groups.join(', ')],
        ]}
      />
    </div>
  );
}
