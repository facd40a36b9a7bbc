import type { SessionTable } from '../session-table.ts';
import type { Device } from '../store/contract.ts';

/**
 * When each board that is let in was heard last, Unix ms: as its session says, else as it is written down. That its link broke
 * changes nothing of it: the broker says so, and anybody could. Pure.
 */
export const heardOf = (
  devices: readonly Device[],
  sessions: Pick<SessionTable, 'liveOf'>,
): Map<string, number> =>
  new Map(
    devices
      .filter(({ status }) => status === 'approved')
      .map(({ alias, lastSeen }) => [alias, Math.max(lastSeen, sessions.liveOf(alias)?.lastSeen ?? 0)]),
  );
