import { crc32 } from 'node:zlib';
import { BoardError } from './board-error.ts';

/** A partition of an image, in bytes. `type` is MBR's in hex ("83") or GPT's GUID in capitals. */
export interface Partition {
  number: number;
  offset: number;
  length: number;
  type: string;
}

const SECTOR = 512;
/** Most entries of a GPT that are read: UEFI's minimum of 128, and what some tools make of it. */
export const GPT_ENTRIES_LIMIT = 256;
/** Largest entry of a GPT in bytes; everybody writes 128 (UEFI 2.10, section 5.3.3). */
export const GPT_ENTRY_LIMIT = 512;
/** Bytes at the start of an image that hold its table: boot sector, GPT header and the longest list of entries. */
export const TABLE_BYTES = 2 * SECTOR + GPT_ENTRIES_LIMIT * GPT_ENTRY_LIMIT;

const MBR_ENTRIES = 446;
const MBR_PROTECTIVE = 0xee;
const MBR_EXTENDED = [0x05, 0x0f, 0x85];
const GPT_SIGNATURE = 'EFI PART';
const GPT_HEADER_BYTES = 92;

const notAnImage = (why: string): BoardError =>
  new BoardError('NOT_AN_IMAGE', `this is no image of a disk: ${why}; give the .img or .img.xz of a system`);

/**
 * The partitions of a disk's image: MBR (the four primary ones) or GPT (UEFI 2.10, section 5.3), sectors of 512 bytes. Pure.
 * `head` are the image's first bytes (TABLE_BYTES, or fewer when it has no more), `size` the length of all of it.
 * @throws BoardError NOT_AN_IMAGE, or TRUNCATED when a partition ends past the image
 */
export function partitionsOf(head: Uint8Array, size: number): Partition[] {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < SECTOR) throw notAnImage(`it has ${bytes.length} bytes`);
  if (bytes.readUInt16LE(510) !== 0xaa55) throw notAnImage('it has no partition table');
  const first = bytes[MBR_ENTRIES + 4];
  const found = first === MBR_PROTECTIVE ? gptPartitions(bytes) : mbrPartitions(bytes);
  if (found.length === 0) throw notAnImage('its partition table is empty');
  const end = Math.max(...found.map(({ offset, length }) => offset + length));
  if (end > size)
    throw new BoardError(
      'TRUNCATED',
      `the image is cut short: its partitions take ${end} bytes and it has ${size}; download it again`,
    );
  checkOverlap(found);
  return found;
}

function mbrPartitions(bytes: Buffer): Partition[] {
  const found: Partition[] = [];
  for (let index = 0; index < 4; index += 1) {
    const at = MBR_ENTRIES + 16 * index;
    const status = bytes[at]!;
    const type = bytes[at + 4]!;
    const sectors = bytes.readUInt32LE(at + 12);
    if (status !== 0 && status !== 0x80)
      throw notAnImage('its boot sector is not that of a partitioned disk');
    if (type === 0 || sectors === 0 || MBR_EXTENDED.includes(type)) continue;
    found.push({
      number: index + 1,
      offset: bytes.readUInt32LE(at + 8) * SECTOR,
      length: sectors * SECTOR,
      type: type.toString(16).padStart(2, '0'),
    });
  }
  return found;
}

/** Sector numbers of 64 bits; past 2^53 bytes there is no disk. */
function sectorAt(bytes: Buffer, at: number): number {
  const sector = bytes.readBigUInt64LE(at);
  if (sector > BigInt(Math.floor(Number.MAX_SAFE_INTEGER / SECTOR)))
    throw notAnImage('its GPT names impossible sectors');
  return Number(sector);
}

function gptPartitions(bytes: Buffer): Partition[] {
  const damaged = (what: string): BoardError => notAnImage(`its GPT is damaged (${what})`);
  if (bytes.length < SECTOR + GPT_HEADER_BYTES) throw damaged('cut short');
  const header = bytes.subarray(SECTOR, 2 * SECTOR);
  if (header.toString('latin1', 0, 8) !== GPT_SIGNATURE) throw damaged('no header in sector 1');
  const headerBytes = header.readUInt32LE(12);
  if (headerBytes < GPT_HEADER_BYTES || headerBytes > header.length) throw damaged('length of its header');
  const summed = Buffer.from(header.subarray(0, headerBytes));
  summed.writeUInt32LE(0, 16);
  if (crc32(summed) !== header.readUInt32LE(16)) throw damaged('checksum of its header');

  const count = header.readUInt32LE(80);
  const entryBytes = header.readUInt32LE(84);
  if (count > GPT_ENTRIES_LIMIT || entryBytes < 128 || entryBytes > GPT_ENTRY_LIMIT)
    throw damaged(`${count} entries of ${entryBytes} bytes`);
  const start = sectorAt(header, 72) * SECTOR;
  if (start < 2 * SECTOR || start + count * entryBytes > bytes.length) throw damaged('place of its entries');
  const entries = bytes.subarray(start, start + count * entryBytes);
  if (crc32(entries) !== header.readUInt32LE(88)) throw damaged('checksum of its entries');

  const found: Partition[] = [];
  for (let index = 0; index < count; index += 1) {
    const entry = entries.subarray(index * entryBytes, (index + 1) * entryBytes);
    const type = guidOf(entry);
    if (/^[0-]+$/.test(type)) continue;
    const [from, to] = [sectorAt(entry, 32), sectorAt(entry, 40)];
    if (to < from) throw damaged(`partition ${index + 1} ends before it starts`);
    found.push({ number: index + 1, offset: from * SECTOR, length: (to - from + 1) * SECTOR, type });
  }
  return found;
}

/** The first three fields of a GUID are little endian (UEFI 2.10, appendix A). */
function guidOf(entry: Buffer): string {
  const hex = (from: number, to: number, swapped: boolean): string => {
    const part = Buffer.from(entry.subarray(from, to));
    return (swapped ? part.reverse() : part).toString('hex').toUpperCase();
  };
  return [hex(0, 4, true), hex(4, 6, true), hex(6, 8, true), hex(8, 10, false), hex(10, 16, false)].join('-');
}

/** Partitions that share bytes would be written over one another. */
function checkOverlap(partitions: Partition[]): void {
  const sorted = partitions.toSorted((a, b) => a.offset - b.offset);
  for (const [index, { number, offset }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined && before.offset + before.length > offset)
      throw notAnImage(`its partitions ${before.number} and ${number} overlap`);
  }
}
