import type { JsonMessage } from './vector-json.ts';
import { RECORD_MESSAGE_ROWS, RECORD_REJECT_ROWS } from './vector-rows-records.ts';

export interface MessageRow {
  what: string;
  message: JsonMessage;
}
/** What must be refused, by a decoder of messages or of envelopes, with the code of errors.ts. */
export interface RejectRow {
  what: string;
  layer: 'message' | 'envelope';
  from: 'agent' | 'server';
  hex: string;
  code: string;
}

/** The messages of the golden vectors. scripts/fuzz/write-wire-vectors.ts turns them into bytes. */
export const MESSAGE_ROWS: MessageRow[] = [
  {
    what: 'Hello Server with nothing optional',
    message: {
      name: 'helloServer',
      version: '0.1.0',
      platform: 'linux-arm64',
      configVersion: 0,
      bootId: '000102030405060708090a0b0c0d0e0f',
      stream: 'a0a1a2a3a4a5a6a7',
      clock: 1_760_000_000_000,
      synchronised: false,
    },
  },
  {
    what: 'Hello Server with everything',
    message: {
      name: 'helloServer',
      version: '10.20.30-rc.1',
      platform: 'linux-x64',
      configVersion: 4_294_967_295,
      bootId: 'ffffffffffffffffffffffffffffffff',
      stream: '0000000000000000',
      clock: 0,
      synchronised: true,
      update: { sequence: 7, state: 2, code: 20, percent: 100 },
      refused: { version: 4, detail: '/sensors/0/bus: kein Gerät' },
      secret: '101112131415161718191a1b1c1d1e1f',
    },
  },
  {
    what: 'Monitor Record without records: news only',
    message: {
      name: 'monitorRecord',
      version: '0.1.0',
      configVersion: 3,
      records: [],
      update: { sequence: 7, state: 0, percent: 40 },
    },
  },
  {
    what: 'Monitor Record with one record: numbered and named items, every type of value, an error',
    message: {
      name: 'monitorRecord',
      version: '0.1.0',
      configVersion: 3,
      records: [
        {
          number: 1,
          timestamp: 1_760_000_010_000,
          per: 10_000,
          values: [
            [0, 21.7],
            [1, -40],
            [2, true],
            [23, 1013.25],
            [24, 'ok'],
            [300, 3_000_000_000],
            ['b', 1],
            ['dust.pm25', 0.3333333333333333],
          ],
          errors: [
            [3, 'nak'],
            ['gps.fix', 'timeout'],
          ],
        },
      ],
    },
  },
  {
    what: 'Monitor Record with two records of a backlog, one under an older config and before the clock was set',
    message: {
      name: 'monitorRecord',
      version: '0.1.0',
      configVersion: 3,
      records: [
        {
          number: 70_000,
          timestamp: 86_400_000,
          per: 1000,
          values: [],
          configVersion: 2,
          unsynchronised: true,
        },
        { number: 70_001, timestamp: 1_760_000_020_000, per: 1000, values: [[0, 0.1]] },
      ],
      refused: { version: 5, detail: '' },
    },
  },
  {
    what: 'Fetch of two frames',
    message: {
      name: 'fetch',
      object: '202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f',
      frame: 65_536,
      offsets: [0, 65_536],
    },
  },
  {
    what: 'Hello Client for a board that has its config',
    message: { name: 'helloClient', time: 1_760_000_000_123 },
  },
  {
    what: 'Hello Client with a config',
    message: {
      name: 'helloClient',
      time: 1_760_000_000_123,
      config: { version: 3, json: '{"sensors":[]}', items: ['air.temperature', 'air.humidity'] },
    },
  },
  {
    what: 'Version Mismatch in Hello, or unasked',
    message: { name: 'versionMismatch', version: '0.2.0' },
  },
  {
    what: 'Version Mismatch that acknowledges the report with counter 9',
    message: { name: 'versionMismatch', re: 9, version: '1.0.0-rc.1' },
  },
  {
    what: 'Prepare of a board that trusts nothing yet',
    message: { name: 'prepare', version: '0.2.0', root: 0, timestamp: 0, snapshot: 0, targets: 0 },
  },
  {
    what: 'Prepare of a board that wants a patch on what it runs',
    message: {
      name: 'prepare',
      ...{ version: '0.2.0', root: 2, timestamp: 300, snapshot: 70_000, targets: 5 },
      have: '404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f',
    },
  },
  {
    what: 'Prepared: metadata, while the object is being made',
    message: { name: 'prepared', re: 3, metadata: '28b52ffd', wait: 10_000 },
  },
  {
    what: 'Prepared: a patch',
    message: {
      name: 'prepared',
      re: 4,
      object: {
        sha256: '202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f',
        length: 330,
        patch: true,
      },
    },
  },
  {
    what: 'Prepared: the full form',
    message: {
      name: 'prepared',
      re: 5,
      object: {
        sha256: '202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f',
        length: 27_000_000,
      },
    },
  },
  { what: 'OK to the report with counter 0', message: { name: 'ok', re: 0 } },
  { what: 'OK to the last counter that a session has', message: { name: 'ok', re: 4_294_967_295 } },
  {
    what: 'Reconfigure unasked',
    message: { name: 'reconfigure', config: { version: 4, json: '{}', items: [] } },
  },
  {
    what: 'Reconfigure that acknowledges the report with counter 24',
    message: { name: 'reconfigure', re: 24, config: { version: 4, json: '{}', items: ['a.b'] } },
  },
  { what: 'Not Whitelisted in Hello', message: { name: 'notWhitelisted' } },
  { what: 'Not Whitelisted to the report with counter 5', message: { name: 'notWhitelisted', re: 5 } },
  {
    what: 'Executable Bytes',
    message: { name: 'executableBytes', re: 3, offset: 65_536, bytes: '28b52ffd' },
  },
  { what: 'Refused: BUSY', message: { name: 'refused', re: 3, code: 11 } },
  ...RECORD_MESSAGE_ROWS,
];

/** Values and the bytes that each becomes inside a value map. `read` are encodings that are read as it, and not written. */
export const VALUE_ROWS: { what: string; value: number | string | boolean; read?: string[] }[] = [
  { what: 'zero; minus zero is sent as zero', value: 0 },
  { what: 'the last number of one byte', value: 23 },
  { what: 'the first number of two bytes', value: 24 },
  { what: 'the last number of three bytes', value: 65_535 },
  { what: 'the first number of five bytes', value: 65_536 },
  { what: '2^31 - 1', value: 2_147_483_647 },
  { what: '2^31', value: 2_147_483_648 },
  { what: '2^32 - 1', value: 4_294_967_295 },
  { what: '2^32', value: 4_294_967_296 },
  { what: '2^53 - 1, the largest integer', value: Number.MAX_SAFE_INTEGER },
  { what: '2^53 is a double', value: 2 ** 53 },
  { what: '-1', value: -1 },
  { what: '-24', value: -24 },
  { what: '-25', value: -25 },
  { what: '-2^31', value: -(2 ** 31) },
  { what: '-2^31 - 1', value: -(2 ** 31) - 1 },
  { what: '-2^32', value: -(2 ** 32) },
  { what: '-2^32 - 1', value: -(2 ** 32) - 1 },
  { what: '-(2^53 - 1), the smallest integer', value: Number.MIN_SAFE_INTEGER },
  { what: 'a decimal that a single tells apart', value: 21.7, read: ['fb4035b33333333333'] },
  { what: 'the same below zero', value: -21.7 },
  { what: 'exact in every precision', value: 1.5, read: ['f93e00', 'fb3ff8000000000000'] },
  { what: 'a tenth', value: 0.1 },
  { what: 'seven digits', value: 0.8388608 },
  { what: 'the double below 0.232 is not 0.232', value: 0.23199999999999998 },
  { what: 'the double above 0.001249 is not 0.001249', value: 0.0012490000000000001 },
  { what: 'a third needs a double', value: 1 / 3 },
  { what: '0.1 + 0.2', value: 0.30000000000000004 },
  { what: 'the smallest double', value: 5e-324 },
  { what: 'below what a single holds', value: 5e-45 },
  { what: 'the largest double', value: Number.MAX_VALUE },
  { what: 'large and whole: past 2^53 and so a double', value: 1e21 },
  { what: 'false', value: false },
  { what: 'true', value: true },
  { what: 'no text', value: '' },
  { what: 'text of two and four bytes per character', value: 'ä\u{1F321}' },
];

/** An empty Monitor Record of version "1", to build rejects from. */
const EMPTY = 'a40002016131020003';

const OWN_REJECT_ROWS: RejectRow[] = (
  [
    ['nothing', 'message', 'server', '', 'MALFORMED'],
    ['cut short in a map', 'message', 'server', 'a2000d', 'MALFORMED'],
    ['cut short in a number', 'message', 'server', 'a2000d0118', 'MALFORMED'],
    ['a byte after the end', 'message', 'server', 'a2000d010000', 'MALFORMED'],
    ['a number in two bytes that fits one', 'message', 'server', 'a2000d011817', 'MALFORMED'],
    ['a number in nine bytes that fits five', 'message', 'server', 'a2000d011b00000000ffffffff', 'MALFORMED'],
    ['a map length that is not the shortest', 'message', 'server', 'b802000d0100', 'MALFORMED'],
    ['a number above 2^53 - 1', 'message', 'server', 'a2000d011b0020000000000000', 'MALFORMED'],
    ['a key twice', 'message', 'server', 'a3000d01000101', 'MALFORMED'],
    ['keys out of order', 'message', 'server', 'a20100000d', 'MALFORMED'],
    ['a tag', 'message', 'server', 'a2000d01c100', 'MALFORMED'],
    ['the self-describe tag', 'message', 'server', 'd9d9f7a2000d0100', 'MALFORMED'],
    ['null for a field', 'message', 'server', 'a2000d01f6', 'MALFORMED'],
    ['a map of indefinite length', 'message', 'server', 'bf000d0100ff', 'MALFORMED'],
    ['an array of indefinite length', 'message', 'agent', `${EMPTY}9fff`, 'MALFORMED'],
    ['text of indefinite length', 'message', 'agent', 'a40002017f6131ff02000380', 'MALFORMED'],
    ['NaN as a value', 'message', 'agent', `${EMPTY}81a40101020103010 4a100f97e00`, 'MALFORMED'],
    ['infinity as a value', 'message', 'agent', `${EMPTY}81a401010201030104a100fa7f800000`, 'MALFORMED'],
    ['1.0 where 1 is due', 'message', 'agent', `${EMPTY}81a401010201030104a100f93c00`, 'MALFORMED'],
    [
      'a single that no decimal of seven digits gives',
      'message',
      'agent',
      `${EMPTY}81a401010201030104a100fa3f800001`,
      'MALFORMED',
    ],
    ['null as a value', 'message', 'agent', `${EMPTY}81a401010201030104a100f6`, 'MALFORMED'],
    ['bytes as a value', 'message', 'agent', `${EMPTY}81a401010201030104a1004100`, 'MALFORMED'],
    ['an item number past the limit', 'message', 'agent', `${EMPTY}81a401010201030104a119020000`, 'TOO_LONG'],
    ['an item with an empty name', 'message', 'agent', `${EMPTY}81a401010201030104a16000`, 'MALFORMED'],
    [
      'an item name of 129 bytes',
      'message',
      'agent',
      `${EMPTY}81a401010201030104a17881${'61'.repeat(129)}00`,
      'TOO_LONG',
    ],
    [
      'a text value of 257 bytes',
      'message',
      'agent',
      `${EMPTY}81a401010201030104a100790101${'61'.repeat(257)}`,
      'TOO_LONG',
    ],
    ['a reason that is no number', 'message', 'agent', `${EMPTY}81a501010201030104a005a1006161`, 'MALFORMED'],
    ['129 records', 'message', 'agent', `${EMPTY}9881${'a401010201030104a0'.repeat(129)}`, 'TOO_LONG'],
    ['a version of 49 bytes', 'message', 'agent', `a40002017831${'31'.repeat(49)}02000380`, 'TOO_LONG'],
    ['text that is not UTF-8', 'message', 'agent', 'a400020161ff02000380', 'MALFORMED'],
    ['half of a surrogate pair in UTF-8', 'message', 'agent', 'a400020163eda08002000380', 'MALFORMED'],
    [
      'a config version past 2^32 - 1',
      'message',
      'agent',
      'a40002016131021b000000010000000003 80',
      'TOO_LONG',
    ],
    ['a negative number where none may be', 'message', 'agent', 'a40002016131022003 80', 'MALFORMED'],
    ['a text where a number is due', 'message', 'server', 'a2000d016130', 'MALFORMED'],
    ['bytes where a text is due', 'message', 'agent', 'a40002014131 02000380', 'MALFORMED'],
    [
      'an object hash of 31 bytes',
      'message',
      'agent',
      `a4000301581f${'00'.repeat(31)}021904000380`,
      'MALFORMED',
    ],
    [
      'an object hash of 33 bytes',
      'message',
      'agent',
      `a40003015821${'00'.repeat(33)}021904000380`,
      'TOO_LONG',
    ],
    [
      'nine offsets',
      'message',
      'agent',
      `a40003015820${'00'.repeat(32)}0219040003 89${'00'.repeat(9)}`,
      'TOO_LONG',
    ],
    ['a field is missing', 'message', 'server', 'a1000d', 'MALFORMED'],
    ['the kind is missing', 'message', 'server', 'a10100', 'MALFORMED'],
    ['a field that the kind does not have', 'message', 'server', 'a3000d01000900', 'MALFORMED'],
    ['a field with a name for a key', 'message', 'server', 'a3000d0100616100', 'MALFORMED'],
    ['an unknown kind', 'message', 'server', 'a2001863 0100', 'UNKNOWN_KIND'],
    ['OK from the agent', 'message', 'agent', 'a2000d0100', 'WRONG_DIRECTION'],
    ['a Monitor Record from the server', 'message', 'server', `${EMPTY}80`, 'WRONG_DIRECTION'],
    ['an array where a message is due', 'message', 'server', '820d00', 'MALFORMED'],
    ['a claimed byte string of 4 GiB', 'message', 'server', 'a2000d015affffffff', 'MALFORMED'],
    ['a claimed array of 2^32 - 1', 'message', 'server', 'a2000d019affffffff', 'MALFORMED'],
    ['a claimed map of 2^53 - 1', 'message', 'server', 'bb001fffffffffffff', 'MALFORMED'],
    ['arrays nested 200 deep', 'message', 'server', `${'81'.repeat(200)}00`, 'MALFORMED'],
    ['a map where an envelope is due', 'envelope', 'agent', 'a10005', 'MALFORMED'],
    ['an empty array', 'envelope', 'agent', '80', 'MALFORMED'],
    ['an unknown type', 'envelope', 'agent', '8106', 'UNKNOWN_KIND'],
    ['a member too many', 'envelope', 'agent', '820500', 'MALFORMED'],
    ['more data items than an envelope has', 'envelope', 'agent', '8601020304050 6', 'MALFORMED'],
    ['a nested array', 'envelope', 'agent', '82018100', 'MALFORMED'],
    ['a tag of three bytes', 'envelope', 'agent', '8403430102030041 00', 'MALFORMED'],
    ['a negative counter', 'envelope', 'agent', '840344010203042041 00', 'MALFORMED'],
    ['a counter past 2^32 - 1', 'envelope', 'agent', '840344010203041b00000001000000004100', 'MALFORMED'],
    ['a sealed message without a body', 'envelope', 'agent', '8303440102030400', 'MALFORMED'],
    ['a Hello from the server', 'envelope', 'server', '82014100', 'WRONG_DIRECTION'],
    ['a last will from the server', 'envelope', 'server', '8105', 'WRONG_DIRECTION'],
    ['a reply to Hello from the agent', 'envelope', 'agent', '82024100', 'WRONG_DIRECTION'],
    ['"say Hello" from the agent', 'envelope', 'agent', '82044401020304', 'WRONG_DIRECTION'],
    ['bytes after the envelope', 'envelope', 'agent', '810500', 'MALFORMED'],
    ['a body of a claimed 4 GiB', 'envelope', 'agent', '84034401020304005affffffff', 'MALFORMED'],
  ] as const
).map(([what, layer, from, hex, code]) => ({ what, layer, from, hex: hex.replaceAll(' ', ''), code }));

export const REJECT_ROWS: RejectRow[] = [...OWN_REJECT_ROWS, ...RECORD_REJECT_ROWS];
