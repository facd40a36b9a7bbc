import {
  bool,
  bytes,
  exactly,
  type Fields,
  field,
  type Infer,
  list,
  maybe,
  reasons,
  struct,
  text,
  uint,
  values,
} from './fields.ts';
import {
  CONFIG_TEXT_LIMIT,
  DETAIL_LIMIT,
  EXECUTABLE_LIMIT,
  FRAME_LEAST,
  FRAME_LIMIT,
  GAPS_PER_MESSAGE,
  ORIGINS_PER_MESSAGE,
  RECORDS_PER_MESSAGE,
  WAIT_LIMIT_MS,
  WINDOW_LIMIT,
} from './limits.ts';
import { ITEM_NAME_LIMIT, ITEMS_LIMIT } from './values.ts';

const VERSION = text(48);
const CONFIG_VERSION = uint(2 ** 32 - 1);
const SEQUENCE = uint(2 ** 40);
const METADATA_VERSION = uint(2 ** 40);

/** How far the board is with a release that Version Mismatch offered. */
export const UPDATE_STATES = ['fetching', 'installed', 'failed'] as const;
export type UpdateState = (typeof UPDATE_STATES)[number];

const updateReport = struct({
  sequence: field(1, SEQUENCE),
  state: field(2, uint(UPDATE_STATES.length - 1)), // index into UPDATE_STATES
  code: maybe(3, uint(255)), // an error of errors.ts, when failed
  percent: maybe(4, uint(100)),
  detail: maybe(5, text(DETAIL_LIMIT)), // for people, when failed
});

/** What carries a release to a board: a patch on what it runs, or the full form (firmware-notes/patch.md). */
const object = struct({
  sha256: field(1, exactly(32)),
  length: field(2, uint(EXECUTABLE_LIMIT)),
  patch: maybe(3, bool()), // true: on the executable that the board named as `have`
});

/** A config that the agent did not take: it stays on the one before. */
const refusal = struct({
  version: field(1, CONFIG_VERSION),
  detail: field(2, text(DETAIL_LIMIT)),
});

const config = struct({
  version: field(1, CONFIG_VERSION),
  json: field(2, text(CONFIG_TEXT_LIMIT)),
  // The names of the items; the place in the list is the item's number in value maps.
  items: field(3, list(text(ITEM_NAME_LIMIT), ITEMS_LIMIT)),
});

/** One record, as it travels and as the board's disk keeps it. */
export const RECORD = struct({
  number: field(1, uint()), // in the message's stream
  timestamp: field(2, uint()), // Unix ms, end of the period
  per: field(3, uint(2 ** 32 - 1)), // ms
  values: field(4, values()),
  errors: maybe(5, reasons()),
  configVersion: maybe(6, CONFIG_VERSION), // when not the message's own
  unsynchronised: maybe(7, bool()), // true: the clock was not set yet, and what it was is still not known
  sinceBoot: maybe(8, uint()), // ms on the boot's clock; of records taken before the clock was set, repaired or not
  boot: maybe(9, uint(ORIGINS_PER_MESSAGE - 1)), // in the message's boots, when not the boot of Hello
  version: maybe(10, uint(ORIGINS_PER_MESSAGE - 1)), // in the message's versions, when taken by another than the message's
});

/** Why records are missing. */
export const GAP_REASONS = [
  'full', // no room was left in the outbox
  'age', // they waited longer than the config keeps records
  'damaged', // what the disk gave back was not what was written
  'stopped', // the power went or the agent was killed before they were on disk
  'unsendable', // no message can carry them
] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** Records that are given up: numbers `from` to `to` of a stream, as far as the server does not have them. */
const gap = struct({
  stream: maybe(1, exactly(8)), // when not the message's
  from: field(2, uint()),
  to: field(3, uint()),
  count: field(4, uint()), // how many records that is, at most
  since: field(5, uint()), // Unix ms: they were taken between these two
  until: field(6, uint()),
  why: field(7, uint(GAP_REASONS.length - 1)), // index into GAP_REASONS
});

/** Why the agent was started anew. */
export const RESTART_REASONS = [
  'boot', // the board was switched on or lost its power
  'stopped', // a person or the system ended it in good order
  'update', // a release was installed
  'stalled', // a stage made no progress: the watchdog ended it
  'crashed', // it ended by an error of its own
  'killed', // it ended without a word
] as const;
export type RestartReason = (typeof RESTART_REASONS)[number];

const restart = struct({
  reason: field(1, uint(RESTART_REASONS.length - 1)), // index into RESTART_REASONS
  count: field(2, uint(2 ** 32 - 1)), // starts since the enrolment
  detail: maybe(3, text(DETAIL_LIMIT)),
});

/** A number that ties a reply to its request: the counter of the sealed request (envelope.ts). */
const re = uint();

/**
 * Every message once. `from` says which end may send it; key 0 on the wire is the kind. In Hello the
 * messages ride inside the Noise handshake; after it they are sealed with the session's keys.
 */
export const MESSAGES = {
  // Hello 1
  helloServer: {
    kind: 1,
    from: 'agent',
    fields: {
      version: field(1, VERSION), // the alias is in the topic and in the handshake's prologue
      platform: field(2, text(16)),
      configVersion: field(3, CONFIG_VERSION), // 0: none
      bootId: field(4, exactly(16)),
      stream: field(5, exactly(8)), // who numbers the records that are taken now
      clock: field(6, uint()), // the board's Unix ms
      synchronised: field(7, bool()),
      update: maybe(8, updateReport),
      refused: maybe(9, refusal),
      secret: maybe(10, exactly(16)), // of the enrolment, until it was used
      restart: maybe(11, restart), // of the start before this Hello, until a Hello told it
    },
  },
  // Monitor Record 1
  monitorRecord: {
    kind: 2,
    from: 'agent',
    fields: {
      version: field(1, VERSION),
      configVersion: field(2, CONFIG_VERSION),
      records: field(3, list(RECORD, RECORDS_PER_MESSAGE)), // may be empty: only news of config or update
      update: maybe(4, updateReport),
      refused: maybe(5, refusal),
      stream: maybe(6, exactly(8)), // of the records, when not the one that Hello named
      boots: maybe(7, list(exactly(16), ORIGINS_PER_MESSAGE)), // boot ids that records refer to
      versions: maybe(8, list(VERSION, ORIGINS_PER_MESSAGE)), // versions that records refer to
      gaps: maybe(9, list(gap, GAPS_PER_MESSAGE)),
      timeless: maybe(10, bool()), // true: the board does not know the time; the OK should tell it
    },
  },
  // Version Mismatch: the agent asks for the ranges it lacks
  fetch: {
    kind: 3,
    from: 'agent',
    fields: {
      object: field(1, exactly(32)), // SHA-256 of the object
      frame: field(2, uint(FRAME_LIMIT)), // bytes per Executable Bytes message
      offsets: field(3, list(uint(), WINDOW_LIMIT)), // where each wanted frame starts
    },
  },
  // Version Mismatch: the agent asks for what is signed beyond what it trusts, and for a way to the release
  prepare: {
    kind: 4,
    from: 'agent',
    fields: {
      version: field(1, VERSION), // the release that Version Mismatch named
      // Versions of the TUF metadata that the board trusts, 0 for none.
      root: field(2, METADATA_VERSION),
      timestamp: field(3, METADATA_VERSION),
      snapshot: field(4, METADATA_VERSION),
      targets: field(5, METADATA_VERSION),
      have: maybe(6, exactly(32)), // SHA-256 of the executable that runs, when a patch on it is of use
    },
  },
  // Hello 2
  helloClient: {
    kind: 11,
    from: 'server',
    fields: {
      time: field(1, uint()), // the server's Unix ms
      config: maybe(2, config), // left out when the agent holds that version
    },
  },
  // Version Mismatch 1
  versionMismatch: {
    kind: 12,
    from: 'server',
    fields: {
      re: maybe(1, re), // in reply to a Monitor Record: its records are stored
      version: field(2, text(48)), // the release that the board should run; what it is, the signed metadata say
    },
  },
  // Monitor Record 2
  ok: {
    kind: 13,
    from: 'server',
    fields: {
      re: field(1, re),
      time: maybe(2, uint()), // the server's Unix ms, for a board that does not know the time
      wait: maybe(3, uint(WAIT_LIMIT_MS)), // ms for which the backlog should hold; live records may come
      behind: maybe(4, bool()), // true: the stream's numbers went back; number what comes in a new stream
    },
  },
  // Reconfigure 1
  reconfigure: {
    kind: 14,
    from: 'server',
    fields: {
      re: maybe(1, re), // in reply to a Monitor Record: its records are stored
      config: field(2, config),
    },
  },
  // Not Whitelisted 1
  notWhitelisted: {
    kind: 15,
    from: 'server',
    fields: {
      re: maybe(1, re), // its records are not stored
    },
  },
  // Version Mismatch 1: Executable Bytes
  executableBytes: {
    kind: 16,
    from: 'server',
    fields: {
      re: field(1, re),
      offset: field(2, uint()),
      bytes: field(3, bytes(FRAME_LIMIT, 1)),
    },
  },
  // A request that cannot be answered
  refused: {
    kind: 17,
    from: 'server',
    fields: {
      re: field(1, re),
      code: field(2, uint(255)), // errors.ts
    },
  },
  // Version Mismatch 1: the way to the release
  prepared: {
    kind: 18,
    from: 'server',
    fields: {
      re: field(1, re),
      metadata: maybe(2, bytes(FRAME_LIMIT, 1)), // zstd: files of TUF metadata, as update/metadata-blob.ts tells
      object: maybe(3, object), // left out while it is being made
      wait: maybe(4, uint(WAIT_LIMIT_MS)), // ms after which to ask again, while the object is being made
    },
  },
} as const satisfies Record<string, { kind: number; from: 'agent' | 'server'; fields: Fields }>;

export type MessageName = keyof typeof MESSAGES;
type Body<N extends MessageName> = Infer<(typeof MESSAGES)[N]['fields']>;
export type MessageOf<N extends MessageName> = { name: N } & Body<N>;
type Each<N extends MessageName> = { [K in N]: MessageOf<K> }[N];
export type Message = Each<MessageName>;
export type AgentMessageName = {
  [N in MessageName]: (typeof MESSAGES)[N]['from'] extends 'agent' ? N : never;
}[MessageName];
export type AgentMessage = Each<AgentMessageName>;
export type ServerMessageName = Exclude<MessageName, AgentMessageName>;
export type ServerMessage = Each<ServerMessageName>;

export type WireRecord = Infer<(typeof RECORD)['fields']>;
export type WireGap = Infer<(typeof gap)['fields']>;
export type WireRestart = Infer<(typeof restart)['fields']>;
export type WireConfig = Infer<(typeof config)['fields']>;
export type WireUpdate = Infer<(typeof updateReport)['fields']>;
export type WireRefusal = Infer<(typeof refusal)['fields']>;

/** A frame size within the limits, or undefined. */
export const isFrameSize = (size: number): boolean => size >= FRAME_LEAST && size <= FRAME_LIMIT;
