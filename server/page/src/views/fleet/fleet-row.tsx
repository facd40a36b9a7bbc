import type { DeviceSummary } from '../../api-types.ts';
import { When } from '../../parts/when.tsx';
import { ConfigVersions, Health, Standing } from './words.tsx';

interface Props {
  index: number;
  /** undefined: on its way. */
  device: DeviceSummary | undefined;
  phone: boolean;
}

export function FleetRow({ index, device, phone }: Props) {
  if (device === undefined)
    return (
      <tr class="row" aria-rowindex={index + 2} data-index={index}>
        <th scope="row">
          <i class="blank" />
        </th>
        <td colSpan={phone ? 1 : 5} />
      </tr>
    );
  const { alias, version, groups, lastSeen } = device;
  return (
    <tr class="row" aria-rowindex={index + 2} data-index={index}>
      <th scope="row">
        <a class="alias" href={`/boards/${encodeURIComponent(alias)}`}>
          {alias}
        </a>
        <span class="second only-phone">
          {version} · <When at={lastSeen} />
        </span>
      </th>
      <td class="c-state no-phone">
        <Standing device={device} />
      </td>
      <td class="c-health">
        <span class="only-phone">
          <Standing device={device} />
        </span>
        <Health device={device} />
      </td>
      <td class="c-version number no-phone">{version}</td>
      <td class="c-config number no-phone">
        <ConfigVersions device={device} />
      </td>
      <td class="c-groups no-phone" title={groups.join(', ')}>
        {groups.length === 0 ? <span class="muted">–</span> : groups.join(', ')}
      </td>
      <td class="c-seen no-phone">
        <When at={lastSeen} />
      </td>
    </tr>
  );
}
