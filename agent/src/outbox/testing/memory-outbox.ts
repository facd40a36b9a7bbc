import type { Outbox } from '../outbox.ts';
import { pick } from '../pick.ts';
import type { Batch, OutboxRecord, TakenRecord } from '../record.ts';

/** An outbox without a disk, for tests of what stands in front of it. */
export class MemoryOutbox implements Outbox {
  stream: Uint8Array;
  readonly records = new Map<number, OutboxRecord>();
  renewals = 0;
  #next = 1;

  constructor(stream: Uint8Array = new Uint8Array(8)) {
    this.stream = stream;
  }

  get size(): number {
    return this.records.size;
  }

  add(taken: TakenRecord): OutboxRecord {
    const record = { stream: this.stream, number: this.#next++, ...taken };
    this.records.set(record.number, record);
    return record;
  }

  has(): boolean {
    return this.size > 0;
  }

  batch(limits: { records: number; bytes: number; backlog: boolean }): Batch {
    return { stream: this.stream, ...pick(limits, this.records.values(), []), gaps: [] };
  }

  acknowledge({ records }: Batch): void {
    this.giveUp(records);
  }

  giveUp(records: readonly OutboxRecord[]): void {
    for (const { number } of records) this.records.delete(number);
  }

  renew(): void {
    this.renewals += 1;
    this.stream = Uint8Array.from(this.stream, (byte) => byte ^ 0xff);
  }
}
