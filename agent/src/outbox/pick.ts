import { recordBytes } from '../records.ts';
import { hex, type OutboxRecord } from './record.ts';

/**
 * Records for one message, of one stream, by number: as many of `first` as fit, then of the others in their order. At least
 * one, however long it is, if there is any. `bytes` by the measure of recordBytes. Pure.
 */
export function pick(
  limits: { records: number; bytes: number },
  first: Iterable<OutboxRecord>,
  others: Iterable<OutboxRecord>[],
): { records: OutboxRecord[]; bytes: number } {
  const picked = new Map<number, OutboxRecord>();
  let bytes = 0;
  let stream: string | undefined;
  for (const source of [first, ...others])
    for (const record of source) {
      if (picked.size >= limits.records) break;
      stream ??= hex(record.stream);
      if (picked.has(record.number) || hex(record.stream) !== stream) continue;
      const size = recordBytes(record);
      if (picked.size > 0 && bytes + size > limits.bytes) break;
      picked.set(record.number, record);
      bytes += size;
    }
  return { records: [...picked.values()].sort((a, b) => a.number - b.number), bytes };
}
