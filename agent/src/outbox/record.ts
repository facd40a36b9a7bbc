import type { WireReasons, WireValues } from '@perch/broker-bridge/protocol/fields.ts';
import type { WireRecord } from '@perch/broker-bridge/protocol/messages.ts';
import type { Gap } from './gaps.ts';

/** A record that waits for the server's OK, with all that was true when it was taken. */
export interface OutboxRecord {
  stream: Uint8Array; // 8 bytes: who numbered it
  number: number;
  timestamp: number; // Unix ms, end of the period
  per: number; // ms
  values: WireValues;
  errors?: WireReasons;
  configVersion: number;
  version: string; // of the agent
  boot: Uint8Array; // 16 bytes, see bootId
  /** ms on the boot's clock; of records that were taken before the clock was set, repaired or not. */
  sinceBoot?: number;
  /** The clock was not set, and what the time was is still not known. */
  unsynchronised?: boolean;
}

/** What was taken; the outbox gives it its number. */
export type TakenRecord = Omit<OutboxRecord, 'stream' | 'number'>;

/** Records and gaps for one Monitor Record, all of one stream. */
export interface Batch {
  stream: Uint8Array;
  records: OutboxRecord[]; // by number
  bytes: number; // of them, by the measure of recordBytes
  gaps: Gap[];
}

/** The byte strings and texts of a message that its records refer to by place. */
export class Origins<T> {
  readonly list: T[] = [];
  readonly #places = new Map<string, number>();

  place(value: T, key: string): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.list.length);
    return this.list.push(value) - 1;
  }
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A record without what most records of a message share. */
export function bare({
  stream: _,
  version: __,
  boot: ___,
  configVersion: ____,
  ...rest
}: OutboxRecord): WireRecord {
  return rest;
}
