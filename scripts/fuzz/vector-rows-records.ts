import type { MessageRow, RejectRow } from './vector-rows.ts';

const [OLD_STREAM, NOW] = ['b0b1b2b3b4b5b6b7', 1_760_000_000_000];
const BOOTS = ['00', '01', '02', '03', '04', '05', '06', '07'].map((byte) => byte.repeat(16));

/** Golden vectors of what records that survive bring: origins of records, gaps, restarts, and what an OK says beside. */
export const RECORD_MESSAGE_ROWS: MessageRow[] = [
  {
    what: 'Hello Server of an agent that its watchdog ended',
    message: {
      ...{ name: 'helloServer', version: '0.1.0', platform: 'linux-armv7', configVersion: 3 },
      ...{ bootId: '000102030405060708090a0b0c0d0e0f', stream: 'a0a1a2a3a4a5a6a7', clock: NOW },
      synchronised: true,
      restart: { reason: 3, count: 4_294_967_295, detail: 'der Fühler' },
    },
  },
  {
    what: 'Hello Server after the board was switched on',
    message: {
      ...{ name: 'helloServer', version: '0.1.0', platform: 'linux-armv7', configVersion: 3 },
      ...{ bootId: '000102030405060708090a0b0c0d0e0f', stream: 'a0a1a2a3a4a5a6a7', clock: NOW },
      synchronised: true,
      restart: { reason: 0, count: 1 },
    },
  },
  {
    what: 'Monitor Record of a backlog in another stream: of other boots and versions, one repaired, one not',
    message: {
      ...{ name: 'monitorRecord', version: '0.2.0', configVersion: 3 },
      records: [
        {
          ...{ number: 4_999, timestamp: NOW - 1000, per: 1000, values: [[0, 1]] },
          ...{ sinceBoot: 45_000, boot: 0, version: 0 },
        },
        {
          ...{ number: 5_000, timestamp: 46_000, per: 1000, values: [] },
          ...{ unsynchronised: true, sinceBoot: 0, boot: 7, version: 1 },
        },
        { number: 5_001, timestamp: NOW + 30_000, per: 1000, values: [] },
      ],
      stream: OLD_STREAM,
      boots: BOOTS,
      versions: ['0.1.0', '0.1.1'],
    },
  },
  {
    what: 'Monitor Record with gaps and without records, from a board that does not know the time',
    message: {
      ...{ name: 'monitorRecord', version: '0.1.0', configVersion: 3, records: [] },
      gaps: [
        { from: 2 ** 53 - 10, to: 2 ** 53 - 1, count: 3, since: 0, until: 90_000, why: 3 },
        { stream: OLD_STREAM, from: 0, to: 0, count: 1, since: NOW, until: NOW, why: 4 },
      ],
      timeless: true,
    },
  },
  {
    what: 'OK that tells the time, asks the backlog to hold, and says that numbers went back',
    message: { name: 'ok', re: 12, time: NOW + 123, wait: 600_000, behind: true },
  },
];

/** A Monitor Record of version "1" without records and with one field more, whose key and value follow. */
const ONE_MORE = 'a5000201613102000380';
/** The same with one record that has one optional field, whose key and value follow. */
const RECORD = 'a4000201613102000381a501010201030104a0';
const GAP = 'a6020103010401050106010700';

/** What must be refused of it. */
export const RECORD_REJECT_ROWS: RejectRow[] = (
  [
    ['17 gaps', 'agent', `${ONE_MORE}0991${GAP.repeat(17)}`, 'TOO_LONG'],
    ['a gap without its count', 'agent', `${ONE_MORE}0981a502010301050106010700`, 'MALFORMED'],
    ['a reason for a gap past the last', 'agent', `${ONE_MORE}0981${GAP.slice(0, -2)}05`, 'TOO_LONG'],
    ['nine boots', 'agent', `${ONE_MORE}0789${`50${'00'.repeat(16)}`.repeat(9)}`, 'TOO_LONG'],
    ['a boot id of 15 bytes', 'agent', `${ONE_MORE}07814f${'00'.repeat(15)}`, 'MALFORMED'],
    ['nine versions', 'agent', `${ONE_MORE}0889${'6131'.repeat(9)}`, 'TOO_LONG'],
    ['a stream of nine bytes', 'agent', `${ONE_MORE}0649${'00'.repeat(9)}`, 'TOO_LONG'],
    ['a place past the eighth boot', 'agent', `${RECORD}0908`, 'TOO_LONG'],
    ['a place past the eighth version', 'agent', `${RECORD}0a08`, 'TOO_LONG'],
    ['a wait of more than ten minutes', 'server', 'a3000d0100031a000927c1', 'TOO_LONG'],
    ['a number where an OK says yes or no', 'server', 'a3000d01000401', 'MALFORMED'],
  ] as const
).map(([what, from, hex, code]) => ({ what, layer: 'message', from, hex, code }));
