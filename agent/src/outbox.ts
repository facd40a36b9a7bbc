import type { WireRecord } from '@perch/broker-bridge/protocol/messages.ts';

/** A record that waits for the server's OK, with the config version that it was taken under. */
export type OutboxRecord = WireRecord & { configVersion: number };

/**
 * Where records wait until the server's OK says that they are stored. The durable one comes behind the same
 * interface; this is what the rest of the agent relies on.
 */
export interface Outbox {
  /** Who numbers the records: 8 bytes, new whenever the numbers start anew. */
  readonly stream: Uint8Array;
  /** Takes a record and numbers it. */
  add(record: Omit<OutboxRecord, 'number'>): void;
  /** The oldest records, up to a number and about as many bytes; they stay until acknowledged. */
  batch(limits: { records: number; bytes: number }): OutboxRecord[];
  acknowledge(numbers: readonly number[]): void;
  readonly size: number;
  /** Records that were given up because there was no room, since the start. */
  readonly dropped: number;
}

/** Most records in memory; beyond it the oldest go. A day at a period of 10 s. */
export const MEMORY_OUTBOX_RECORDS = 8_640;
/** Most bytes in memory, by the measure of `sizeOf`. */
export const MEMORY_OUTBOX_BYTES = 16 * 1024 * 1024;

export class MemoryOutbox implements Outbox {
  readonly stream: Uint8Array;
  readonly #sizeOf: (record: OutboxRecord) => number;
  readonly #records = new Map<number, { record: OutboxRecord; bytes: number }>();
  #bytes = 0;
  #next = 1;
  #dropped = 0;

  constructor(stream: Uint8Array, sizeOf: (record: OutboxRecord) => number) {
    this.stream = stream;
    this.#sizeOf = sizeOf;
  }

  get size(): number {
    return this.#records.size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  add(given: Omit<OutboxRecord, 'number'>): void {
    const record = { number: this.#next++, ...given };
    const bytes = this.#sizeOf(record);
    this.#records.set(record.number, { record, bytes });
    this.#bytes += bytes;
    while (
      this.#records.size > MEMORY_OUTBOX_RECORDS ||
      (this.#bytes > MEMORY_OUTBOX_BYTES && this.#records.size > 1)
    ) {
      this.#remove(this.#records.keys().next().value as number);
      this.#dropped += 1;
    }
  }

  batch(limits: { records: number; bytes: number }): OutboxRecord[] {
    const batch: OutboxRecord[] = [];
    let bytes = 0;
    for (const entry of this.#records.values()) {
      if (batch.length >= limits.records || (batch.length > 0 && bytes + entry.bytes > limits.bytes)) break;
      batch.push(entry.record);
      bytes += entry.bytes;
    }
    return batch;
  }

  acknowledge(numbers: readonly number[]): void {
    for (const number of numbers) this.#remove(number);
  }

  #remove(number: number): void {
    this.#bytes -= this.#records.get(number)?.bytes ?? 0;
    this.#records.delete(number);
  }
}
