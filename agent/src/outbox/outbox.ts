import type { Gap } from './gaps.ts';
import type { Batch, OutboxRecord, TakenRecord } from './record.ts';

/** Why the disk does not take records, for people and for `perch.outbox.disk`. */
export type DiskTrouble = 'full' | 'read-only' | 'denied' | 'io';

export interface Durability {
  /** Longest time that a record may be in memory alone, ms; 0: each is on disk at once. */
  windowMs: number;
  /** Most bytes on disk. */
  bytes: number;
  /** Older records are given up, ms. */
  ageMs: number;
  /** Most records that one window takes. */
  exposed: number;
}

export interface OutboxStatus {
  waiting: number; // records
  onDisk: number; // of them
  diskBytes: number;
  oldest: number | null; // Unix ms
  dropped: number; // records given up since the start, at most
  gaps: number; // that the server does not know yet
  disk: DiskTrouble | 'ok';
  journal: boolean; // in RAM: a killed process loses nothing
  written: number; // bytes given to the disk since the start
}

/** Where records wait until the server's OK says that they are stored. The rest of the agent relies on this. */
export interface Outbox {
  /** Who numbers what is taken now: 8 bytes. */
  readonly stream: Uint8Array;
  /** Takes a record and numbers it. From here on it is either delivered or counted in a gap. */
  add(record: TakenRecord): OutboxRecord;
  /** Records and gaps that wait. */
  readonly size: number;
  /** True when `batch` has something to send. Without `backlog` only what was taken lately counts. */
  has(backlog: boolean): boolean;
  /**
   * The next records to send, up to a number and about as many bytes: the newest first, then, with `backlog`, the oldest. They
   * stay until acknowledged.
   */
  batch(limits: { records: number; bytes: number; backlog: boolean }): Batch;
  acknowledge(batch: Batch): void;
  /** Records that no message can carry: they become gaps. */
  giveUp(records: readonly OutboxRecord[]): void;
  /** The server says that the stream's numbers went back: what comes is numbered in a new one. */
  renew(): void;
}

export type { Batch, Gap, OutboxRecord, TakenRecord };
