import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import type { Device } from '../store/contract.ts';
import { isTrouble, restartText } from '../words.ts';

/** A board as lists show it. */
export interface DeviceSummary {
  alias: string;
  fingerprint: string;
  status: Device['status'];
  platform: string;
  version: string;
  /** The config that it said it runs, 0 for none, and the one that it should run. */
  configVersion: number;
  configWanted: number;
  online: boolean;
  health: 'ok' | 'trouble';
  /** What a person should look into, a line each. */
  troubles: string[];
  groups: string[];
  firstSeen: number; // Unix ms
  lastSeen: number; // Unix ms
  refused?: Device['refused'];
  update?: Device['update'];
  restart?: Device['restart'];
  /** Other keys of this alias that wait to be let in. */
  waiting: number;
  /** Alerts that have not ended. */
  alerts: number;
}

/** How long a restart that should not have been counts as trouble, in ms. */
export const RESTART_TROUBLE_MS = 86_400_000;

/** What is known of a board beside its row. */
export interface Around {
  /** The connection that lives now; undefined: none. */
  lastHeard: number | undefined;
  configWanted: number;
  groups: readonly string[];
  waiting: number;
  alerts: number;
  now: number;
}

/** What of an approved board a person should look into. Pure. */
export function troublesOf(device: Device, now: number): string[] {
  const { refused, update, restart } = device;
  const troubles = [];
  if (refused) troubles.push(`refused config ${refused.version}: ${refused.text}`);
  if (update?.state === 'failed')
    troubles.push(`release ${update.sequence} failed: ${update.detail ?? update.error ?? 'no reason given'}`);
  if (restart && isTrouble(restart) && now - restart.at < RESTART_TROUBLE_MS)
    troubles.push(restartText(restart));
  return troubles;
}

/** Pure. */
export function summaryOf(device: Device, around: Around): DeviceSummary {
  const { key, refused, update, restart, ...row } = device;
  const troubles = device.status === 'approved' ? troublesOf(device, around.now) : [];
  return {
    ...row,
    fingerprint: fingerprint(key),
    configWanted: around.configWanted,
    online: around.lastHeard !== undefined,
    lastSeen: Math.max(row.lastSeen, around.lastHeard ?? 0),
    health: troubles.length === 0 ? 'ok' : 'trouble',
    troubles,
    groups: [...around.groups],
    waiting: around.waiting,
    alerts: around.alerts,
    ...(refused === undefined ? {} : { refused }),
    ...(update === undefined ? {} : { update }),
    ...(restart === undefined ? {} : { restart }),
  };
}
