import type { DeviceDetail, DeviceKey, DeviceSummary } from '../api-types.ts';

/** A key that waits to be let in. */
export interface WaitingKey
  extends Pick<DeviceKey, 'alias' | 'fingerprint' | 'platform' | 'version' | 'lastSeen'> {
  /** Keys that wait under the alias. */
  of: number;
  /** The key that is in, whose place it would take. */
  instead: string | undefined;
}

/**
 * Every key that waits: under aliases that nobody is in as, and under those of boards that are in. `fresh`: aliases that wait, with
 * one key each. `doubled`: those under which further keys wait, with all of them. Pure.
 */
export function waitingKeys(
  fresh: readonly DeviceSummary[],
  doubled: readonly DeviceDetail[],
): { fresh: WaitingKey[]; others: WaitingKey[] } {
  const keysOf = ({ device, keys }: Pick<DeviceDetail, 'device' | 'keys'>): WaitingKey[] => {
    const pending = keys.filter(({ status }) => status === 'pending');
    const instead = device.status === 'approved' ? device.fingerprint : undefined;
    const of = device.waiting + (instead === undefined ? 1 : 0);
    return pending.map(({ alias, fingerprint, platform, version, lastSeen }) => ({
      ...{ alias, fingerprint, platform, version, lastSeen, instead, of },
    }));
  };
  const all = new Map(doubled.map((detail) => [detail.device.alias, detail]));
  return {
    fresh: fresh.flatMap((device) => keysOf(all.get(device.alias) ?? { device, keys: [device] })),
    others: doubled.filter(({ device }) => device.status === 'approved').flatMap(keysOf),
  };
}
