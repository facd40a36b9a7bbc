import type { GapReason, RestartReason } from '@perch/broker-bridge/protocol/messages.ts';
import type { Device } from './store/contract.ts';

/** Why records are missing, for people. */
export const GAP_WORDS: Record<GapReason, string> = {
  full: "no room was left on the board's disk",
  age: 'they waited longer than the board keeps records',
  damaged: "the board's disk does not give them back",
  stopped: 'the power went, or the agent was killed, before they were on disk',
  unsendable: 'no message can carry them',
};

const RESTART_WORDS: Record<RestartReason, string> = {
  boot: 'the board booted',
  stopped: 'it was stopped in good order',
  update: 'a release was installed',
  stalled: 'it made no progress',
  crashed: 'it crashed',
  killed: 'it was killed',
};

/** Reasons that a person should look into. */
const TROUBLE: ReadonlySet<RestartReason> = new Set(['stalled', 'crashed', 'killed']);
export const isTrouble = ({ reason }: { reason: RestartReason }): boolean => TROUBLE.has(reason);

/** Such as "start 7, since it made no progress: sampler". */
export const restartText = ({ reason, count, detail }: NonNullable<Device['restart']>): string =>
  `start ${count}, since ${RESTART_WORDS[reason]}${detail === undefined ? '' : `: ${detail}`}`;
