import type { ServerEffect } from './effects.ts';
import { NOTHING, type Row } from './rounds.ts';

/** What the server knows of one alias: no session, keys that no message has proved yet, or a live session. */
export interface ServerState {
  phase: 'none' | 'greeted' | 'live';
}

/** What was looked up for the decision. */
export interface Facts {
  /** Alias and key together are on the whitelist, where the one-time secret of an enrolment may just have put them. */
  whitelisted: boolean;
  /** The agent runs the wanted version, or said that it has this release in hand or gave it up. */
  versionMatches: boolean;
  /** The agent runs the newest config, or said that it refused that one. */
  configMatches: boolean;
}

export type ServerInput = Facts & {
  on:
    | 'hello'
    | 'monitorRecord'
    | 'prepare'
    | 'fetch'
    | 'gone'
    | 'unknownSession' // sealed under keys that this server does not hold
    | 'configChanged'
    | 'releaseChanged'
    | 'approved'
    | 'revoked';
};

const ALL: ServerState['phase'][] = ['none', 'greeted', 'live'];
const SESSION: ServerState['phase'][] = ['greeted', 'live'];

const notWhitelisted = (_: ServerState, i: ServerInput): boolean => !i.whitelisted;
const otherVersion = (_: ServerState, i: ServerInput): boolean => !i.versionMatches;
const otherConfig = (_: ServerState, i: ServerInput): boolean => !i.configMatches;
/** Nothing is pushed to a board that was revoked, though its session lasts until its next record. */
const knownWith =
  (differs: typeof otherVersion) =>
  (s: ServerState, i: ServerInput): boolean =>
    i.whitelisted && differs(s, i);

type ServerRow = Row<ServerState, ServerInput, ServerEffect>;

export const SERVER_ROUNDS: readonly ServerRow[] = [
  // --- Hello. It never ends a live session, as a Hello can be replayed: only the first message under the new keys does.
  { in: ALL, on: 'hello', when: notWhitelisted, round: 'Hello 2b Not Whitelisted', to: 'same', effects: () => [{ do: 'notePending' }, { do: 'reply', message: 'notWhitelisted' }] },
  { in: ALL, on: 'hello', when: otherVersion, round: 'Hello 2a Version Mismatch', to: 'greeted', effects: () => [{ do: 'openSession' }, { do: 'reply', message: 'versionMismatch' }] },
  { in: ALL, on: 'hello', round: 'Hello 2 Hello Client', to: 'greeted', effects: () => [{ do: 'openSession' }, { do: 'reply', message: 'helloClient' }] },

  // --- Monitor Record. Versions and configs that differ do not make its records less true: they are stored before the reply.
  { in: SESSION, on: 'monitorRecord', when: notWhitelisted, round: 'Monitor Record 2c Not Whitelisted', to: 'none', effects: () => [{ do: 'reply', message: 'notWhitelisted' }, { do: 'endSession' }] },
  {
    in: SESSION,
    on: 'monitorRecord',
    when: otherVersion,
    round: 'Monitor Record 2a Version Mismatch',
    to: 'live',
    effects: () => [{ do: 'confirm' }, { do: 'store' }, { do: 'reply', message: 'versionMismatch' }],
  },
  {
    in: SESSION,
    on: 'monitorRecord',
    when: otherConfig,
    round: 'Monitor Record 2b Reconfigure',
    to: 'live',
    effects: () => [{ do: 'confirm' }, { do: 'store' }, { do: 'reply', message: 'reconfigure' }],
  },
  { in: SESSION, on: 'monitorRecord', round: 'Monitor Record 2 OK', to: 'live', effects: () => [{ do: 'confirm' }, { do: 'store' }, { do: 'reply', message: 'ok' }] },

  // --- Version Mismatch
  { in: SESSION, on: 'prepare', when: notWhitelisted, round: 'Monitor Record 2c Not Whitelisted', to: 'none', effects: () => [{ do: 'reply', message: 'notWhitelisted' }, { do: 'endSession' }] },
  { in: SESSION, on: 'prepare', round: 'Version Mismatch 1', to: 'live', effects: () => [{ do: 'confirm' }, { do: 'prepare' }] },
  { in: SESSION, on: 'fetch', when: notWhitelisted, round: 'Monitor Record 2c Not Whitelisted', to: 'none', effects: () => [{ do: 'reply', message: 'notWhitelisted' }, { do: 'endSession' }] },
  { in: SESSION, on: 'fetch', round: 'Version Mismatch 1', to: 'live', effects: () => [{ do: 'confirm' }, { do: 'sendFrames' }] },
  { in: SESSION, on: 'releaseChanged', when: knownWith(otherVersion), round: 'Version Mismatch 1', to: 'same', effects: () => [{ do: 'push', message: 'versionMismatch' }] },

  // --- Reconfigure
  { in: SESSION, on: 'configChanged', when: knownWith(otherConfig), round: 'Reconfigure 1', to: 'same', effects: () => [{ do: 'push', message: 'reconfigure' }] },

  // --- Not Whitelisted: an approval wakes the agent that waits
  { in: ['none'], on: 'approved', round: '-', to: 'same', effects: () => [{ do: 'hint' }] },

  // --- Beside the rounds
  { in: ALL, on: 'unknownSession', round: '-', to: 'same', effects: () => [{ do: 'hint' }] },
  { in: ALL, on: 'gone', round: '-', to: 'same', effects: () => [{ do: 'noteGone' }] },
  { in: SESSION, on: 'approved', round: '-', to: 'same', effects: NOTHING },
  { in: ALL, on: 'revoked', round: '-', to: 'same', effects: NOTHING }, // refused at its next record
  { in: ALL, on: 'releaseChanged', round: '-', to: 'same', effects: NOTHING }, // told at its next Hello or record
  { in: ALL, on: 'configChanged', round: '-', to: 'same', effects: NOTHING },
  { in: ['none'], on: 'monitorRecord', round: '-', to: 'same', effects: NOTHING }, // cannot be opened without a session
  { in: ['none'], on: 'prepare', round: '-', to: 'same', effects: NOTHING },
  { in: ['none'], on: 'fetch', round: '-', to: 'same', effects: NOTHING },
];
