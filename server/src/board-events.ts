import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import type { Device } from './store/contract.ts';
import type { FleetEvent } from './store/event-contract.ts';
import { isTrouble, restartText } from './words.ts';

/** Events that one board may leave behind: so many at once, and so many a second after. More are not remembered. */
export const BOARD_EVENT_RATE = { burst: 30, perSecond: 1 / 60 };
/** Events of strangers who ask to be let in, of all together: they must not push out the others. */
export const PENDING_EVENT_RATE = { burst: 20, perSecond: 1 / 60 };

/** What a board tells of itself, as far as a change of it is worth remembering. */
export type Told = Partial<Pick<Device, 'version' | 'configVersion' | 'refused' | 'update' | 'restart'>>;

type Happened = Pick<FleetEvent, 'kind' | 'text' | 'data'>;

const versionEvent = (before: Told, now: Told): Happened[] =>
  before.version === undefined || before.version === now.version
    ? []
    : [
        {
          kind: 'board.version',
          text: `runs ${now.version} now, before it was ${before.version}`,
          data: { version: now.version, before: before.version },
        },
      ];

const configEvent = (before: Told, { configVersion = 0 }: Told): Happened[] =>
  configVersion === 0 || before.configVersion === configVersion
    ? []
    : [
        {
          kind: 'board.config',
          text: `config ${configVersion} is in force`,
          data: { version: configVersion },
        },
      ];

const refusedEvent = (before: Told, { refused }: Told): Happened[] =>
  refused === undefined || before.refused?.version === refused.version
    ? []
    : [
        {
          kind: 'board.refused',
          text: `refused config ${refused.version}: ${refused.text}`,
          data: { version: refused.version },
        },
      ];

function updateEvent(before: Told, { update }: Told): Happened[] {
  if (update?.state !== 'failed') return [];
  const same = before.update?.state === 'failed' && before.update.sequence === update.sequence;
  if (same && before.update?.error === update.error) return [];
  const why = update.detail ?? update.error ?? 'no reason given';
  return [
    {
      kind: 'board.update',
      text: `release ${update.sequence} failed: ${why}`,
      data: { sequence: update.sequence },
    },
  ];
}

const restartEvent = (before: Told, { restart }: Told): Happened[] =>
  restart === undefined || before.restart?.count === restart.count
    ? []
    : [
        {
          kind: isTrouble(restart) ? 'board.trouble' : 'board.started',
          text: restartText(restart),
          data: { reason: restart.reason, count: restart.count },
        },
      ];

/** What is worth remembering of what a board tells `now`, when it told `before` last. Pure. */
export const eventsOf = (alias: string, before: Told, now: Told, at: number): FleetEvent[] =>
  [versionEvent, configEvent, refusedEvent, updateEvent, restartEvent]
    .flatMap((event) => event(before, now))
    .map((happened) => ({ at, actor: `board:${alias}`, alias, ...happened }));

/** A key that nobody knows asks to be let in. Pure. */
export const pendingEvent = (alias: string, key: Uint8Array, at: number): FleetEvent => ({
  ...{ at, actor: `board:${alias}`, kind: 'device.pending', alias },
  text: `asks to be let in, with the key ${fingerprint(key)}`,
  data: { fingerprint: fingerprint(key) },
});

/** A board came in by its token. Pure. */
export const enrolledEvent = (alias: string, key: Uint8Array, at: number): FleetEvent => ({
  ...{ at, actor: `board:${alias}`, kind: 'device.enrolled', alias },
  text: `came in by its token, with the key ${fingerprint(key)}`,
  data: { fingerprint: fingerprint(key) },
});
