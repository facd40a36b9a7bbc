import type { Reason, Value } from '@perch/broker-bridge/protocol/values.ts';
import type { ItemSum, ItemSums } from '../series/hour-items.ts';
import type { Runs } from '../series/runs.ts';
import type { RecordRow } from './contract.ts';

/** An hour is made this long after it ended, or after a late record of it came, in ms: others come with it. */
export const HOUR_GRACE_MS = 60_000;
/** Records of a slice, and characters of their values and errors over which it ends: a few milliseconds of work. */
export const SLICE_RECORDS = 500;
export const SLICE_CHARACTERS = 256 * 1024;
/** Rows of a slice that holds a few items only. */
export const ITEM_SLICE_ROWS = 1_000;
/** Hours of a slice. */
export const HOUR_SLICE_ROWS = 500;
/** Bytes of JSON that are searched for the items of a slice. */
export const ITEM_SLICE_BYTES = 1024 * 1024;
/** Records that a transaction deletes, and hours or gaps. */
export const DROP_ROWS = 250;
/** Hours that a transaction marks. */
export const MARK_ROWS = 250;

export interface HourKey {
  alias: string;
  hour: number; // since 1970
}

/** What is kept of a board's hour. */
export interface HourRow extends HourKey {
  items: ItemSums;
  /** Records that are counted, and which. */
  records: number;
  runs: Runs;
  /** When the last record came whose board did not know the time, Unix ms; 0: none. */
  unsynchronised: number;
  /** Its raw records go or are gone: the hour is all that is kept of them. */
  final: boolean;
}

/** `due`: its numbers are not those of its records, or there are none yet. */
export type HourState = 'none' | 'due' | 'open' | 'final';

/** A place between records of an alias, in the order of their time. */
export interface RecordCursor {
  timestamp: number;
  stream: string;
  number: number;
}

export interface RecordPage {
  rows: RecordRow[];
  /** Where the next page begins; left out where there is none. */
  next?: RecordCursor;
}

export interface PageQuery {
  since?: number; // Unix ms
  until?: number;
  order?: 'newest' | 'oldest';
  /** Only what comes after it in that order. */
  after?: RecordCursor;
  /** At most SLICE_RECORDS. */
  limit?: number;
}

/** A record as far as some items go: undefined where it has nothing of an item. */
export interface ItemsAt {
  timestamp: number;
  values: (Value | undefined)[];
  errors: (Reason | undefined)[];
}

export interface ItemHours {
  hour: number;
  final: boolean;
  sums: (ItemSum | undefined)[];
}

/** Tables in which boards are found by name. */
export type AliasTable = 'records' | 'hours' | 'gaps';

/**
 * The part of Store that sums records up by the hour, and reads them in pieces. The hour of a record that is stored, or whose
 * time is repaired, is marked as due in the same transaction. Whoever makes hours is alone in doing so. Writes share commits with addRecords.
 */
export interface HourStore {
  /** Hours that are due and may be made at `now`, those that wait longest first. */
  dueHours(now: number, limit: number): Promise<HourKey[]>;
  /** Hours begin to be made: a record that comes from now on marks its hour anew. The answer has their states in order; none is due by that alone. */
  beginHours(keys: readonly HourKey[]): Promise<HourState[]>;
  /** Hours are made. One without records is forgotten; one that is final stays as it is. */
  putHours(rows: readonly HourRow[]): Promise<void>;
  hourState(alias: string, hour: number): Promise<HourState>;
  /** The hour as it was made last. */
  hour(alias: string, hour: number): Promise<HourRow | undefined>;
  /**
   * Makes an open hour final. False when it is due, or holds a record of an unset clock that came at `before` or later: who
   * knows how old that is. An hour whose records are others than were counted becomes due.
   */
  finalHour(alias: string, hour: number, before: number): Promise<boolean>;
  /**
   * Deletes up to DROP_ROWS records of a final hour, and adds those to it that are not counted there; those of an unset clock
   * that came at `before` or later stay. Returns how many went; when none did, the hour is not due any more.
   */
  drainHour(alias: string, hour: number, before: number): Promise<number>;
  /** Marks hours of records that were stored before hours were made, MARK_ROWS at most. False: all are marked. */
  markOldHours(): Promise<boolean>;

  /** The next alias after one, in the order of the table. */
  nextAlias(table: AliasTable, after: string): Promise<string | undefined>;
  /** The time of the oldest record of an alias at `from` or later. */
  oldestRecord(alias: string, from: number): Promise<number | undefined>;
  /**
   * Deletes records of hours from `hour` on that came before `before` (Unix ms), the oldest DROP_ROWS, and what is kept of hours
   * that have none left; how many records that were.
   */
  dropAhead(alias: string, hour: number, before: number): Promise<number>;
  /** Deletes final hours before `hour`, the oldest DROP_ROWS; how many that were. */
  dropHours(alias: string, hour: number): Promise<number>;
  /** Deletes gaps that ended before `before` (Unix ms), the oldest DROP_ROWS; how many that were. */
  dropGaps(alias: string, before: number): Promise<number>;

  /** A page of records, in the order of time, stream and number. */
  recordPage(alias: string, query?: PageQuery): Promise<RecordPage>;
  /** Records with since <= timestamp <= until, counted up to `limit`. */
  countRecords(alias: string, since: number, until: number, limit: number): Promise<number>;
  /** The same as recordPage, oldest first, with some items only, whose names have no quotes or backslashes; ITEM_SLICE_ROWS at most. */
  itemPage(
    alias: string,
    items: readonly string[],
    query: { since: number; until: number; after?: RecordCursor },
  ): Promise<{ rows: ItemsAt[]; next?: RecordCursor }>;
  /** Hours with since <= hour <= until, the oldest first; HOUR_SLICE_ROWS at most. `next`: where the next piece begins. */
  itemHours(
    alias: string,
    items: readonly string[],
    since: number,
    until: number,
  ): Promise<{ rows: ItemHours[]; next?: number }>;
  /** Hours with since <= hour <= until that are due, the newest first, at most `limit`. */
  dueHoursOf(alias: string, since: number, until: number, limit: number): Promise<number[]>;
  /** Whether the oldest hour of those is final. */
  startsFinal(alias: string, since: number, until: number): Promise<boolean>;
}
