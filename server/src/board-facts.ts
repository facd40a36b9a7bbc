import { errorCodeOf } from '@perch/broker-bridge/protocol/errors.ts';
import {
  RESTART_REASONS,
  UPDATE_STATES,
  type WireRefusal,
  type WireRestart,
  type WireUpdate,
} from '@perch/broker-bridge/protocol/messages.ts';
import type { Facts } from '@perch/broker-bridge/protocol/server-rounds.ts';
import type { Peer } from './session-table.ts';
import type { Device, Release, StoredConfig } from './store/contract.ts';

/** What a Hello or a report says of the board, as far as the rounds care. */
export interface Heard {
  version: string;
  configVersion: number;
  platform: string;
  update?: WireUpdate;
  refused?: WireRefusal;
}

/** The facts of a decision. Pure. */
export function factsOf(
  heard: Omit<Heard, 'platform'>,
  known: { whitelisted: boolean; newest: StoredConfig; wanted: Release | undefined },
): Facts {
  const { newest, wanted } = known;
  return {
    whitelisted: known.whitelisted,
    // A board that has the release in hand, or gave it up, need not be told of it at every record.
    versionMatches:
      wanted === undefined || wanted.version === heard.version || heard.update?.sequence === wanted.sequence,
    configMatches: heard.configVersion === newest.version || heard.refused?.version === newest.version,
  };
}

export function told(message: Omit<Heard, 'platform'>): Peer['told'] {
  return {
    version: message.version,
    configVersion: message.configVersion,
    ...(message.update === undefined ? {} : { update: message.update }),
    ...(message.refused === undefined ? {} : { refused: message.refused }),
  };
}

export const sameTold = (a: Peer['told'], b: Peer['told']): boolean =>
  a.version === b.version &&
  a.configVersion === b.configVersion &&
  a.update?.sequence === b.update?.sequence &&
  a.update?.state === b.update?.state &&
  a.update?.code === b.update?.code &&
  a.update?.percent === b.update?.percent &&
  a.refused?.version === b.refused?.version &&
  a.refused?.detail === b.refused?.detail;

/** A board's word on why its agent was started anew, heard at `at` (Unix ms). */
export const restartOf = ({ reason, ...rest }: WireRestart, at: number): NonNullable<Device['restart']> => ({
  reason: RESTART_REASONS[reason]!,
  ...rest,
  at,
});

/** A board's word on an update, for people. */
export function updateOf(update: WireUpdate): NonNullable<Device['update']> {
  return {
    sequence: update.sequence,
    state: UPDATE_STATES[update.state] ?? 'failed',
    ...(update.code === undefined ? {} : { error: errorCodeOf(update.code) }),
    ...(update.percent === undefined ? {} : { progress: update.percent }),
  };
}
