import type { DeviceDetail, LatestItem } from '../../api-types.ts';
import { Facts } from '../../parts/facts.tsx';
import { When } from '../../parts/when.tsx';
import { counted } from '../../text/units.ts';
import { ConfigVersions } from '../fleet/words.tsx';

interface Props {
  detail: DeviceDetail;
  /** Its newest values, once they are here. */
  items: LatestItem[] | undefined;
}

/** Records in the outbox, as the board told last. Pure. */
function depthOf(items: readonly LatestItem[] = []): number | undefined {
  const value = items.find(({ name }) => name === 'perch.outboxRecords')?.value;
  return typeof value === 'number' ? value : undefined;
}

/** What one wants to know of a board first. */
export function BoardFacts({ detail: { device }, items }: Props) {
  const waiting = depthOf(items);
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
          waiting !== undefined && [
            'Waits to be sent',
            waiting === 0 ? 'nothing' : counted(waiting, 'record'),
          ],
          ['Platform', platform],
          ['Groups', groups.length === 0 ? <span class="muted">none</span> : groups.join(', ')],
        ]}
      />
    </div>
  );
}
