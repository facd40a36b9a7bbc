import type { GapReason, RestartReason } from '@perch/broker-bridge/protocol/messages.ts';
import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import type { MetadataFile } from '@perch/broker-bridge/update/metadata-file.ts';
import type { AccessStore } from './access-contract.ts';
import type { AlertStore } from './alert-contract.ts';
import type { EventStore } from './event-contract.ts';
import type { HourStore } from './hour-contract.ts';
import type { LayerStore } from './layer-contract.ts';
import type { RolloutStore } from './rollout-contract.ts';
import type { WebhookStore } from './webhook-contract.ts';

/** A board that the fleet knows: one row per (alias, key). At most one key per alias is approved. */
export interface Device {
  alias: string;
  /** The board's X25519 public key, 32 bytes. */
  key: Uint8Array;
  status: 'pending' | 'approved' | 'revoked';
  platform: string;
  version: string;
  /** The config version that the board said it runs, 0 for none. */
  configVersion: number;
  /** The config version that the board refused last, with its reason. */
  refused?: { version: number; text: string };
  /** What the board said last about an update. */
  update?: { sequence: number; state: string; error?: string; progress?: number; detail?: string };
  /** Why the agent was started anew the last time, and how often it was started; `at` is when the server heard of it, Unix ms. */
  restart?: { reason: RestartReason; count: number; detail?: string; at: number };
  firstSeen: number; // Unix ms
  lastSeen: number; // Unix ms
}

/** What a Hello or a record told about a board. Fields left out stay as they are. */
export type DeviceFacts = Partial<
  Pick<Device, 'platform' | 'version' | 'configVersion' | 'lastSeen'> & {
    refused: Device['refused'] | null;
    update: Device['update'] | null;
    restart: Device['restart'];
  }
>;

export interface StoredConfig {
  alias: string;
  version: number; // 1, 2, 3, ... per alias
  text: string; // JSON as the person wrote it
  items: string[]; // item names; the index is the item's number on the wire
  created: number; // Unix ms
}

export interface RecordRow {
  alias: string;
  stream: string; // 16 hex digits: who numbered it
  number: number;
  timestamp: number; // Unix ms, end of the period
  synchronised: boolean; // was the board's clock set when it was taken
  per: number; // ms
  configVersion: number;
  version: string; // of the agent that took it
  boot: string; // 32 hex digits: the boot it was taken in; '' when it was stored before servers kept that
  sinceBoot?: number; // ms on the boot's clock; of records that were taken before the clock was set
  values: Record<string, Value>;
  errors: Record<string, Reason>;
  received: number; // Unix ms
}

/** Numbers `from` to `to` of a stream that the board gave up, as far as they are not stored. */
export interface GapRow {
  alias: string;
  stream: string; // 16 hex digits
  from: number;
  to: number;
  count: number; // how many records that is, at most
  since: number; // Unix ms: they were taken between these two
  until: number;
  why: GapReason;
  received: number; // Unix ms, when it was told last
}

/** A gap as it is read; `missing` of its records are not stored, at most. */
export type Gap = GapRow & { missing: number };

/** What became of the records of a call. */
export interface Added {
  /** The rows that were new, in order and as they are stored: the stream may be a derived one. */
  fresh: RecordRow[];
  /** Numbers of a stream went back: another record is stored under a number that came again. */
  behind: boolean;
}

/** A release of one platform, as the stored targets name it. */
export interface Release {
  platform: string;
  version: string;
  sequence: number;
  length: number; // bytes of the executable
  sha256: string; // hex, of the executable
  indexSha256: string; // hex, of its segment index
  created: number; // Unix ms
}

/** What travels to make an executable: a patch from a base, or its full form. */
export interface StoredObject {
  targetSha256: string; // hex, of the executable that it makes
  baseSha256: string; // hex, of the executable that it changes; '' for the full form
  sha256: string; // hex, of the object itself; also its file name
  length: number; // bytes
  created: number; // Unix ms
}

export interface Enrolment {
  alias: string;
  secretSha256: string; // hex; the secret itself is never stored
  created: number;
  expires: number;
}

export type ApproveOutcome =
  | { ok: true; device: Device }
  | { ok: false; why: 'unknown' | 'ambiguous'; candidates: Device[] };

export const PENDING_LIMIT = 1000; // pending devices in all; the one seen longest ago goes first
export const PENDING_PER_ALIAS = 8;
export const REVOKED_PER_ALIAS = 8; // revoked keys kept per alias; a key that is forgotten is as unknown as a stranger's
export const CONFIGS_KEPT = 50; // versions kept per alias; beside them stays what a device of the alias says it runs
/** Releases of each platform that targets name, as each costs every board about 80 bytes whenever targets change. */
export const RELEASES_KEPT = 12;
export const RECORDS_PAGE = 1000;
export const GAPS_PAGE = 1000;

/**
 * Where the server keeps what must not be lost. Every method is one transaction: it is on disk when the promise
 * resolves. Failures of the disk reject with PerchError DISK. Implementations: sqlite.ts; one suite
 * (contract-suite.ts) runs against each.
 */
export interface Store
  extends RolloutStore,
    AccessStore,
    AlertStore,
    EventStore,
    LayerStore,
    HourStore,
    WebhookStore {
  /** Small server-wide settings, such as the server's own identity. */
  getSetting(name: string): Promise<string | undefined>;
  setSetting(name: string, value: string): Promise<void>;

  devices(): Promise<Device[]>;
  /** The rows of one alias: the approved or revoked one first, then pending ones, newest first. */
  devicesOf(alias: string): Promise<Device[]>;
  /** Records that an unknown key asked to be let in; bounded by PENDING_LIMIT and PENDING_PER_ALIAS. Never changes an approved or revoked row. True for a key that was not there. */
  notePending(device: Pick<Device, 'alias' | 'key' | 'platform' | 'version'>, now: number): Promise<boolean>;
  /**
   * Lets a pending or revoked key in; the alias's earlier approved key, if another, becomes revoked. `fingerprint` (its
   * first hex digits) chooses among several. Without it only pending keys are meant, or, when there are none and no
   * key is approved, revoked ones: so it never swaps a running board for one that was thrown out. Candidates are the
   * keys that were meant, or with 'unknown' all keys of the alias.
   */
  approve(alias: string, fingerprint?: string): Promise<ApproveOutcome>;
  /** Revokes the approved key of the alias. False when there is none. */
  revoke(alias: string): Promise<boolean>;
  /** Changes what is known of a device; does nothing when there is no such device. Shares commits with addRecords. */
  updateDevice(alias: string, key: Uint8Array, facts: DeviceFacts): Promise<void>;

  /** Keeps a one-time secret. An alias has one at a time: a new one replaces the one before. Expired ones go. */
  addEnrolment(enrolment: Enrolment): Promise<void>;
  /** Uses a one-time secret: approves the key for the alias and deletes the secret, or returns false when it is unknown, expired or for another alias. */
  redeem(
    alias: string,
    secretSha256: string,
    device: Pick<Device, 'key' | 'platform' | 'version'>,
    now: number,
  ): Promise<boolean>;

  /** Adds the next config version for the alias and returns it. */
  addConfig(alias: string, text: string, items: string[], now: number): Promise<StoredConfig>;
  /** The newest config of the alias, or the given version. */
  config(alias: string, version?: number): Promise<StoredConfig | undefined>;
  /** The newest version of each alias that has a config. */
  configVersions(): Promise<Map<string, number>>;

  /**
   * Stores the records and gaps of a report, all or none. A record is stored exactly once: one that is there already
   * changes nothing, but gives its time when the stored one had none. Another record under the number of a stored one
   * goes to a derived stream; record-identity.ts says which is which. A gap told again with the same `from` and reason only grows.
   * Calls that wait at the same time share one commit, and its failure rejects them all. Rejects with BUSY when too
   * much waits for the disk already.
   */
  addRecords(rows: RecordRow[], gaps?: GapRow[]): Promise<Added>;
  /** Rows that wait for the disk at this moment; WAITING_ROWS_LIMIT of group-commit.ts at most. */
  waitingRows(): number;
  /** Records of an alias with since <= timestamp <= until, newest first unless `order` says otherwise; at most RECORDS_PAGE. */
  records(
    alias: string,
    query?: { since?: number; until?: number; limit?: number; order?: 'newest' | 'oldest' },
  ): Promise<RecordRow[]>;

  /** Gaps of an alias that reach into since..until, the one that ended last first; at most GAPS_PAGE. */
  gaps(alias: string, query?: { since?: number; until?: number; limit?: number }): Promise<Gap[]>;

  /**
   * Adds releases and the metadata that names them, all or none. The newest of a platform is its wanted one; of each platform
   * RELEASES_KEPT stay. Rejects (OLD_RELEASE) a version that is there, a sequence that is not higher than all before of
   * its platform, and metadata as addMetadata does.
   */
  addReleases(releases: Release[], metadata: MetadataFile[]): Promise<void>;
  /** Newest first within a platform. */
  releases(platform?: string): Promise<Release[]>;
  /** The newest release of each platform. */
  wanted(): Promise<Release[]>;

  /** The metadata files: all roots, and the newest of each other role; by role, oldest first. */
  metadata(): Promise<MetadataFile[]>;
  /**
   * Adds metadata files, all or none. A root follows the last one; any other takes the place of the one before. Rejects
   * (OLD_METADATA) a version that does not fit.
   */
  addMetadata(files: MetadataFile[]): Promise<void>;

  /** The objects that make this executable, or all; the oldest first. */
  objects(targetSha256?: string): Promise<StoredObject[]>;
  /** Adds an object, in the place of an earlier one for the same target and base. */
  addObject(object: StoredObject): Promise<void>;
  /** Forgets an object. Harmless when there is none. */
  removeObject(targetSha256: string, baseSha256: string): Promise<void>;

  /** Commits what waits and lets go of the database. Harmless when closed already. */
  close(): Promise<void>;
}
