import { type ErrorCode, errorCodeOf } from '@perch/broker-bridge/protocol/errors.ts';
import {
  RESTART_REASONS,
  UPDATE_STATES,
  type UpdateState,
  type WireRefusal,
  type WireRestart,
  type WireUpdate,
} from '@perch/broker-bridge/protocol/messages.ts';
import type { Facts } from '@perch/broker-bridge/protocol/server-rounds.ts';
import type { Said } from './rollout/book.ts';
import type { Target } from './rollout/facts.ts';
import type { Peer } from './session-table.ts';
import type { Device, StoredConfig } from './store/contract.ts';

/** What a Hello or a report says of the board, as far as the rounds care. */
export interface Heard {
  version: string;
  configVersion: number;
  platform: string;
  update?: WireUpdate;
  refused?: WireRefusal;
}

/** The facts of a decision. `offer`: the release that the board should be told of now. Pure. */
export function factsOf(
  heard: Omit<Heard, 'platform'>,
  known: { whitelisted: boolean; newest: StoredConfig; offer: Target | undefined },
): Facts {
  const { newest } = known;
  return {
    whitelisted: known.whitelisted,
    versionMatches: known.offer === undefined,
    configMatches: heard.configVersion === newest.version || heard.refused?.version === newest.version,
  };
}

/** The offer that a Hello is answered with: what it says is not believed yet, but need not be asked for either. Pure. */
export const offerAtHello = (
  heard: Omit<Heard, 'platform'>,
  offer: Target | undefined,
): Target | undefined =>
  offer === undefined || offer.version === heard.version || heard.update?.sequence === offer.sequence
    ? undefined
    : offer;

/** What a board says, for the rollouts. Pure. */
export function saidOf({ platform, version, update }: Heard): Said {
  if (update === undefined) return { platform, version };
  const { sequence, state, error } = updateOf(update);
  return {
    ...{ platform, version },
    update: { sequence, state, ...(error === undefined ? {} : { code: error }) },
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
  a.update?.detail === b.update?.detail &&
  a.refused?.version === b.refused?.version &&
  a.refused?.detail === b.refused?.detail;

/** What a board told, as it is stored. Pure. */
export const toldFacts = ({ version, configVersion, refused, update }: Peer['told']) => ({
  ...{ version, configVersion },
  ...(refused === undefined ? {} : { refused: { version: refused.version, text: refused.detail } }),
  ...(update === undefined ? {} : { update: updateOf(update) }),
});

/** A board's word on why its agent was started anew, heard at `at` (Unix ms). */
export const restartOf = ({ reason, ...rest }: WireRestart, at: number): NonNullable<Device['restart']> => ({
  reason: RESTART_REASONS[reason]!,
  ...rest,
  at,
});

/** A board's word on an update, for people. */
export function updateOf(update: WireUpdate): {
  sequence: number;
  state: UpdateState;
  error?: ErrorCode;
  progress?: number;
  detail?: string;
} {
  return {
    sequence: update.sequence,
    state: UPDATE_STATES[update.state] ?? 'failed',
    ...(update.code === undefined ? {} : { error: errorCodeOf(update.code) }),
    ...(update.percent === undefined ? {} : { progress: update.percent }),
    ...(update.detail === undefined ? {} : { detail: update.detail }),
  };
}
