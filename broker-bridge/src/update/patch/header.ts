import { PerchError } from '../../protocol/errors.ts';
import { EXECUTABLE_LIMIT } from '../../release.ts';
import { LEAF, SEGMENT_LIMIT, segmentCount } from '../segment-index.ts';

/** 'P' 'D' and the version of the format. */
export const MAGIC = Uint8Array.of(0x50, 0x44, 1);
/** Longest header in bytes: all leaves, each in a run of its own. */
export const HEADER_LIMIT = 64 + SEGMENT_LIMIT * (LEAF + 4);

/** full: without a base. delta: from a base. */
const FORM = { full: 0, delta: 1 } as const;
/** What was done to the branches of a full form before it was compressed. */
export const FILTER = { none: 0, arm64: 1, x64: 2 } as const;

/** Part of the executable whose branches are filtered. Offsets in the file, `end` not included. */
export interface Filter {
  kind: number;
  start: number;
  end: number;
}

/** A run of segments, from `first` on, whose leaves are in the patch. */
export interface LeafRun {
  first: number;
  leaves: Uint8Array;
}

export interface Header {
  /** Bytes of the executable. */
  length: number;
  /** Bytes of the base; undefined for the full form. */
  base: number | undefined;
  runs: LeafRun[];
  filter: Filter;
}

const NO_FILTER: Filter = { kind: FILTER.none, start: 0, end: 0 };

/** A number as LEB128: seven bits a byte, the lowest first, the high bit set in all bytes but the last. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

export function encodeHeader({ length, base, runs, filter }: Header): Buffer {
  const parts: Uint8Array[] = [MAGIC];
  const put = (...numbers: number[]): void => {
    parts.push(Uint8Array.from(numbers.flatMap(varint)));
  };
  put(base === undefined ? FORM.full : FORM.delta, length);
  if (base !== undefined) put(base);
  let at = 0;
  for (const { first, leaves } of runs) {
    put(first - at, leaves.length / LEAF);
    parts.push(leaves);
    at = first + leaves.length / LEAF;
  }
  if (at < segmentCount(length)) put(segmentCount(length) - at);
  if (base === undefined) {
    put(filter.kind);
    if (filter.kind !== FILTER.none) put(filter.start, filter.end - filter.start);
  }
  return Buffer.concat(parts);
}

/**
 * Reads the header at the start of `bytes`; `end` is where the body begins. @throws PerchError MALFORMED, TOO_LONG for an executable or
 * a base over EXECUTABLE_LIMIT
 */
export function decodeHeader(bytes: Uint8Array): { header: Header; end: number } {
  const reader = new HeaderReader(bytes);
  for (const byte of MAGIC)
    if (reader.take(1)[0] !== byte) throw malformed('it is no patch of a format that this version knows');
  const form = reader.number('form');
  if (form !== FORM.full && form !== FORM.delta) throw malformed(`there is no form ${form}`);
  const length = reader.size('executable');
  if (length === 0) throw malformed('the executable is empty');
  const base = form === FORM.delta ? reader.size('base') : undefined;
  const runs = readRuns(reader, segmentCount(length));
  const filter = form === FORM.full ? readFilter(reader, length) : NO_FILTER;
  return { header: { length, base, runs, filter }, end: reader.at };
}

function readRuns(reader: HeaderReader, segments: number): LeafRun[] {
  const runs: LeafRun[] = [];
  let at = 0;
  while (at < segments) {
    const skip = reader.number('segment');
    if (skip > segments - at || (skip === 0 && at > 0))
      throw malformed('the leaves are not those of its segments');
    at += skip;
    if (at === segments) break;
    const count = reader.number('run of leaves');
    if (count === 0 || count > segments - at) throw malformed('the leaves are not those of its segments');
    runs.push({ first: at, leaves: reader.take(count * LEAF) });
    at += count;
  }
  return runs;
}

function readFilter(reader: HeaderReader, length: number): Filter {
  const kind = reader.number('filter');
  if (kind === FILTER.none) return NO_FILTER;
  if (kind !== FILTER.arm64 && kind !== FILTER.x64) throw malformed(`there is no filter ${kind}`);
  const start = reader.number('filter');
  const end = start + reader.number('filter');
  if (end > length) throw malformed('the filter goes past the executable');
  return { kind, start, end };
}

class HeaderReader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    const end = this.at + count;
    if (end > this.#bytes.length) throw malformed('it ends in its header');
    const bytes = Uint8Array.from(this.#bytes.subarray(this.at, end));
    this.at = end;
    return bytes;
  }

  /** A number below 2^32 in its shortest form. */
  number(what: string): number {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = this.take(1)[0]!;
      value += (byte & 127) * 2 ** (7 * i);
      if (byte > 127) continue;
      if ((byte === 0 && i > 0) || value >= 2 ** 32) break;
      return value;
    }
    throw malformed(`a number (${what}) is not in its shortest form, or too large`);
  }

  size(what: string): number {
    const value = this.number(what);
    if (value > EXECUTABLE_LIMIT)
      throw new PerchError(
        'TOO_LONG',
        `the ${what} of the patch has ${value} bytes; at most ${EXECUTABLE_LIMIT} are taken`,
      );
    return value;
  }
}

/** The error for a patch that is not one. */
export const malformed = (what: string): PerchError =>
  new PerchError('MALFORMED', `the patch is damaged: ${what}`);
