import { recordBytes } from '../records.ts';
import { MEMORY_BYTES, MEMORY_RECORDS } from './limits.ts';
import type { OutboxRecord } from './record.ts';

/** Records in memory that are neither on disk nor stored, by number, bounded in number and bytes. */
export class FreshRecords {
  readonly #records = new Map<number, { record: OutboxRecord; bytes: number; at: number }>();
  #bytes = 0;

  get size(): number {
    return this.#records.size;
  }

  /** Half of the room is taken: who can should write. */
  get halfFull(): boolean {
    return this.#records.size >= MEMORY_RECORDS / 2 || this.#bytes >= MEMORY_BYTES / 2;
  }

  /** The lowest number here, or infinity. */
  get oldest(): number {
    return this.#records.keys().next().value ?? Number.POSITIVE_INFINITY;
  }

  /** When the one with the lowest number came here, as `add` was told; undefined when there is none. */
  get since(): number | undefined {
    return this.#records.values().next().value?.at;
  }

  /** Takes a record, whose number is the highest, at this time. @returns the oldest ones, for which there is no more room */
  add(record: OutboxRecord, at: number): OutboxRecord[] {
    const bytes = recordBytes(record);
    this.#records.set(record.number, { record, bytes, at });
    this.#bytes += bytes;
    const dropped: OutboxRecord[] = [];
    for (const [number, one] of this.#records) {
      if (this.#records.size <= MEMORY_RECORDS && (this.#bytes <= MEMORY_BYTES || this.#records.size === 1))
        break;
      dropped.push(one.record);
      this.delete(number);
    }
    return dropped;
  }

  delete(number: number): boolean {
    this.#bytes -= this.#records.get(number)?.bytes ?? 0;
    return this.#records.delete(number);
  }

  /** All, oldest first. */
  all(): OutboxRecord[] {
    return [...this.#records.values()].map(({ record }) => record);
  }

  get first(): OutboxRecord | undefined {
    return this.#records.values().next().value?.record;
  }
}
