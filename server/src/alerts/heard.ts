import type { Device } from '../store/contract.ts';

/** When each board that is let in was heard last, Unix ms: as its session says, else as it is written down. Pure. */
export const heardOf = (
  devices: readonly Device[],
  live: (alias: string) => number | undefined,
): Map<string, number> =>
  new Map(
    devices
      .filter(({ status }) => status === 'approved')
      .map(({ alias, lastSeen }) => [alias, Math.max(lastSeen, live(alias) ?? 0)]),
  );
