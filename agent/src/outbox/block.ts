import { crc32 } from 'node:zlib';
import { decodeStruct, encodeStruct } from '@perch/broker-bridge/protocol/codec.ts';
import { exactly, field, list, struct, text } from '@perch/broker-bridge/protocol/fields.ts';
import { ORIGINS_PER_MESSAGE } from '@perch/broker-bridge/protocol/limits.ts';
import { RECORD, type WireRecord } from '@perch/broker-bridge/protocol/messages.ts';
import { BLOCK_RECORDS, SEGMENT_BYTES } from './limits.ts';
import { bare, hex, Origins, type OutboxRecord } from './record.ts';

/**
 * A block: records that were written together. All numbers little-endian.
 *
 *     0  u32  "PRB1"
 *     4  u32  CRC-32 (ISO 3309) of all that follows
 *     8  u32  bytes of the body
 *    12  u16  records
 *    14  u16  flags: 1 = each record's time was known
 *    16  f64  number of the first record
 *    24  f64  number of the last record
 *    32  f64  oldest timestamp, Unix ms
 *    40  f64  newest timestamp
 *    48       stream, 8 bytes
 *    56       body: CBOR, see BODY
 *
 * Numbers ascend within a block and from block to block, with holes where records were stored before they were written.
 */
export const BLOCK_HEADER = 56;
const STREAM = { at: 48, length: 8 };
const MAGIC = Buffer.from('PRB1', 'latin1');
const TIMED = 1;
/** CBOR data items in a body: no body that fits a segment has more. */
const BODY_NODES = SEGMENT_BYTES;

const BODY = struct({
  boots: field(1, list(exactly(16), ORIGINS_PER_MESSAGE)),
  versions: field(2, list(text(48), ORIGINS_PER_MESSAGE)),
  records: field(3, list(RECORD, BLOCK_RECORDS)),
}).fields;

/** What a block's header says. */
export interface BlockFacts {
  first: number;
  last: number;
  count: number;
  oldest: number; // Unix ms
  newest: number;
  stream: Uint8Array;
  /** False while the clock of a record was not set. */
  timed: boolean;
}

/** What the header of a block of these records says. */
export function blockFacts(records: readonly OutboxRecord[]): BlockFacts {
  const times = records.map(({ timestamp }) => timestamp);
  return {
    first: records[0]!.number,
    last: records.at(-1)!.number,
    count: records.length,
    oldest: Math.min(...times),
    newest: Math.max(...times),
    stream: records[0]!.stream,
    timed: !records.some(({ unsynchronised }) => unsynchronised),
  };
}

/** Records of one stream as a block. @throws PerchError TOO_LONG or MALFORMED for records that cannot be kept: a mistake of the caller */
export function encodeBlock(records: readonly OutboxRecord[]): Buffer {
  const boots = new Origins<Uint8Array>();
  const versions = new Origins<string>();
  const kept = records.map(
    (record): WireRecord => ({
      ...bare(record),
      configVersion: record.configVersion,
      boot: boots.place(record.boot, hex(record.boot)),
      version: versions.place(record.version, record.version),
    }),
  );
  const body = encodeStruct(BODY, { boots: boots.list, versions: versions.list, records: kept }, 'block');
  const block = Buffer.alloc(BLOCK_HEADER + body.length);
  const facts = blockFacts(records);
  MAGIC.copy(block);
  block.writeUInt32LE(body.length, 8);
  block.writeUInt16LE(records.length, 12);
  block.writeUInt16LE(facts.timed ? TIMED : 0, 14);
  block.writeDoubleLE(facts.first, 16);
  block.writeDoubleLE(facts.last, 24);
  block.writeDoubleLE(facts.oldest, 32);
  block.writeDoubleLE(facts.newest, 40);
  block.set(facts.stream, STREAM.at);
  body.copy(block, BLOCK_HEADER);
  block.writeUInt32LE(crc32(block.subarray(8)), 4);
  return block;
}

function decodeBody(body: Uint8Array, stream: Uint8Array): OutboxRecord[] {
  const { boots, versions, records } = decodeStruct(BODY, body, 'block', BODY_NODES);
  return records.map(({ boot = -1, version = -1, configVersion, ...record }) => {
    const [bootId, of] = [boots[boot], versions[version]];
    if (bootId === undefined || of === undefined || configVersion === undefined)
      throw new RangeError('a record without its origin');
    return { ...record, stream, configVersion, version: of, boot: bootId };
  });
}

export interface Scan {
  blocks: (BlockFacts & { offset: number; length: number })[];
  /** Pieces that are neither blocks nor empty: torn or corrupt. */
  damaged: { offset: number; length: number }[];
}

const isEmpty = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

type Numbers = [number, number, number, number];

/** The block at `offset`, if a whole one is there. */
function blockAt(bytes: Buffer, offset: number): Scan['blocks'][number] | undefined {
  if (bytes.length - offset < BLOCK_HEADER) return undefined;
  if (MAGIC.compare(bytes, offset, offset + 4) !== 0) return undefined;
  const length = BLOCK_HEADER + bytes.readUInt32LE(offset + 8);
  if (offset + length > bytes.length) return undefined;
  if (crc32(bytes.subarray(offset + 8, offset + length)) !== bytes.readUInt32LE(offset + 4)) return undefined;
  const count = bytes.readUInt16LE(offset + 12);
  const [first, last, oldest, newest] = [16, 24, 32, 40].map((at) =>
    bytes.readDoubleLE(offset + at),
  ) as Numbers;
  if (count === 0 || last < first || ![first, last, oldest, newest].every(Number.isSafeInteger))
    return undefined;
  const timed = (bytes.readUInt16LE(offset + 14) & TIMED) !== 0;
  const stream = new Uint8Array(bytes.subarray(offset + STREAM.at, offset + STREAM.at + STREAM.length));
  return { offset, length, first, last, count, oldest, newest, stream, timed };
}

/** The blocks of a segment by their headers, and what is damaged between and behind them. Pure. */
export function scanSegment(bytes: Buffer): Scan {
  const scan: Scan = { blocks: [], damaged: [] };
  let offset = 0;
  while (offset < bytes.length) {
    const block = blockAt(bytes, offset);
    if (block !== undefined) {
      scan.blocks.push(block);
      offset += block.length;
      continue;
    }
    if (isEmpty(bytes.subarray(offset))) break;
    let next = bytes.indexOf(MAGIC, offset + 1);
    while (next !== -1 && blockAt(bytes, next) === undefined) next = bytes.indexOf(MAGIC, next + 1);
    const end = next === -1 ? bytes.length : next;
    scan.damaged.push({ offset, length: withoutZeros(bytes.subarray(offset, end)) });
    offset = end;
  }
  return scan;
}

const withoutZeros = (bytes: Uint8Array): number => bytes.findLastIndex((byte) => byte !== 0) + 1;

/** The records of a block that scanSegment found; undefined when they are not what this version writes. Pure. */
export function readBlock(
  bytes: Buffer,
  { offset, length }: { offset: number; length: number },
): OutboxRecord[] | undefined {
  try {
    const stream = new Uint8Array(bytes.subarray(offset + STREAM.at, offset + STREAM.at + STREAM.length));
    return decodeBody(bytes.subarray(offset + BLOCK_HEADER, offset + length), stream);
  } catch {
    return undefined;
  }
}
