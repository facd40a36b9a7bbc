import { crc32 } from 'node:zlib';
import { decodeStruct, encodeStruct } from '@perch/broker-bridge/protocol/codec.ts';
import { bool, exactly, field, list, maybe, struct, uint } from '@perch/broker-bridge/protocol/fields.ts';
import { GAP_REASONS } from '@perch/broker-bridge/protocol/messages.ts';
import type { Gap } from './gaps.ts';
import { BOOTS_KEPT, GAPS_KEPT, RESERVE_STEP } from './limits.ts';
import { hex } from './record.ts';

/** What the outbox must know of its numbers across restarts. */
export interface Numbers {
  /** Grows with each writing: of two copies the higher one holds. */
  serial: number;
  /** Who numbers what is taken now. */
  stream: Uint8Array;
  /** The next number when this was written. */
  next: number;
  /** Numbers below this may have been used. */
  reserved: number;
  /** Ended in good order: no number from `next` on was used. */
  clean: boolean;
  /** Most records that may not be on disk yet, by the loss window and the period. */
  exposed: number;
  /** The first number that this run can lose: what is below was told, or is on disk. */
  begun?: number;
  /** When this was written, Unix ms. */
  at: number;
  /** What is given up and not told yet. */
  gaps: Gap[];
  /** Unix ms at the zero of a boot's clock, for records that were taken before the clock was set. */
  boots: { id: Uint8Array; offset: number }[];
}

export const freshNumbers = (stream: Uint8Array, at: number): Numbers => ({
  serial: 0,
  stream,
  next: 1,
  reserved: 1,
  clean: true,
  exposed: 1,
  at,
  gaps: [],
  boots: [],
});

const FILE = struct({
  serial: field(1, uint()),
  stream: field(2, exactly(8)),
  next: field(3, uint()),
  reserved: field(4, uint()),
  clean: field(5, bool()),
  exposed: field(6, uint()),
  at: field(7, uint()),
  gaps: field(
    8,
    list(
      struct({
        stream: field(1, exactly(8)),
        from: field(2, uint()),
        to: field(3, uint()),
        count: field(4, uint()),
        since: field(5, uint()),
        until: field(6, uint()),
        why: field(7, uint(GAP_REASONS.length - 1)),
      }),
      GAPS_KEPT * 2,
    ),
  ),
  boots: field(9, list(struct({ id: field(1, exactly(16)), offset: field(2, uint()) }), BOOTS_KEPT)),
  begun: maybe(10, uint()),
}).fields;
const MAGIC = 'PRN1';
const HEADER = 8;

/** "PRN1", CRC-32 of the rest, CBOR. */
export function encodeNumbers(numbers: Numbers): Buffer {
  const gaps = numbers.gaps.map(({ why, ...gap }) => ({ ...gap, why: GAP_REASONS.indexOf(why) }));
  const body = encodeStruct(FILE, { ...numbers, gaps }, 'numbers');
  const bytes = Buffer.alloc(HEADER + body.length);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt32LE(crc32(body), 4);
  body.copy(bytes, HEADER);
  return bytes;
}

/** Undefined when the bytes are not what encodeNumbers wrote. */
export function decodeNumbers(bytes: Buffer): Numbers | undefined {
  const body = bytes.subarray(HEADER);
  if (bytes.length <= HEADER || bytes.toString('latin1', 0, 4) !== MAGIC) return undefined;
  if (crc32(body) !== bytes.readUInt32LE(4)) return undefined;
  try {
    const { gaps, ...numbers } = decodeStruct(FILE, body, 'numbers');
    return { ...numbers, gaps: gaps.map(({ why, ...gap }) => ({ ...gap, why: GAP_REASONS[why]! })) };
  } catch {
    return undefined;
  }
}

/** What the two copies, in RAM and on disk, say together: the later one. */
export const laterOf = (a: Numbers | undefined, b: Numbers | undefined): Numbers | undefined =>
  a === undefined || (b !== undefined && b.serial > a.serial) ? b : a;

export interface Begin {
  numbers: Numbers;
  /** Records that may be lost with the power. */
  gap?: Gap;
}

/**
 * Where the count goes on. `last`: the highest number that is still here, 0 for none. `whole`: nothing was lost, as the
 * journal in RAM is there. After anything but a good end numbers below `reserved` may have been used and lost. Pure.
 */
export function beginNumbers(
  known: Numbers | undefined,
  seen: {
    last: number;
    stream: Uint8Array | undefined;
    newest: number;
    whole: boolean;
    /** The numbers on disk are there and cannot be believed. */
    damaged: boolean;
  },
  fresh: { stream: Uint8Array; now: number; exposed: number },
): Begin {
  const { last, whole } = seen;
  if (known === undefined) {
    const numbers = { ...freshNumbers(fresh.stream, fresh.now), next: last + 1, reserved: last + 1 };
    if (!seen.damaged && last === 0) return { numbers };
    const lost = { count: fresh.exposed, since: 0, until: fresh.now, why: 'damaged' as const };
    // The file is gone, the records are not: what came after them in their stream cannot be told.
    if (seen.stream !== undefined && last > 0)
      return { numbers, gap: { ...lost, stream: seen.stream, from: last + 1, to: last + RESERVE_STEP } };
    // Not even the stream is known: a number of the new one stands for what may be lost.
    const from = last + 1;
    const used = { ...numbers, next: from + 1, reserved: from + 1 };
    return { numbers: used, gap: { ...lost, stream: fresh.stream, from, to: from } };
  }
  if (known.clean || whole) {
    const next = Math.max(known.next, last + 1);
    return { numbers: { ...known, next, reserved: Math.max(next, known.clean ? next : known.reserved) } };
  }
  const next = Math.max(known.reserved, last + 1);
  const numbers = { ...known, next, reserved: next };
  const [from, to] = [Math.max(last + 1, known.begun ?? 0), next - 1];
  if (to < from) return { numbers };
  const count = Math.min(to - from + 1, known.exposed);
  const since = Math.max(known.at, seen.newest);
  const until = Math.max(since, fresh.now);
  return { numbers, gap: { stream: known.stream, from, to, count, since, until, why: 'stopped' } };
}

/** Notes a boot's offset; the boots noted first go when there are too many. Pure. */
export function withBoot(boots: Numbers['boots'], id: Uint8Array, offset: number): Numbers['boots'] {
  const others = boots.filter((one) => hex(one.id) !== hex(id));
  return [...others, { id, offset }].slice(-BOOTS_KEPT);
}
