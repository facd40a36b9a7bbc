import { ORIGINS_PER_MESSAGE } from '@perch/broker-bridge/protocol/limits.ts';
import { recordBytes } from '../records.ts';
import { BLOCK_BYTES, BLOCK_RECORDS } from './limits.ts';
import { hex, type OutboxRecord } from './record.ts';

/** Records in their order as lists that a block takes each: of one stream, of few boots, not too many and not too long. Pure. */
export function blocksOf(records: readonly OutboxRecord[]): OutboxRecord[][] {
  const blocks: OutboxRecord[][] = [];
  let block: OutboxRecord[] = [];
  let bytes = 0;
  let origins = new Set<string>();
  for (const record of records) {
    const size = recordBytes(record);
    const origin = `${hex(record.boot)} ${record.version}`;
    const full =
      block.length >= BLOCK_RECORDS ||
      bytes + size > BLOCK_BYTES ||
      (origins.size >= ORIGINS_PER_MESSAGE && !origins.has(origin)) ||
      (block[0] !== undefined && hex(block[0].stream) !== hex(record.stream));
    if (full && block.length > 0) {
      blocks.push(block);
      block = [];
      bytes = 0;
      origins = new Set();
    }
    block.push(record);
    bytes += size;
    origins.add(origin);
  }
  if (block.length > 0) blocks.push(block);
  return blocks;
}
