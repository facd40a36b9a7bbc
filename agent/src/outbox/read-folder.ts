import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../atomic-file.ts';
import { factsOf, type Segment } from './backlog.ts';
import { scanSegment } from './block.ts';
import { DISCARDED_NUMBERS, firstOf, NUMBERS_FILE, segmentName } from './disk-segments.ts';
import { decodeNumbers, type Numbers } from './numbers.ts';

/** What a run before left on disk, as far as the start needs it. */
export interface Found {
  numbers: Numbers | undefined;
  /** There are numbers, but not as they were written. */
  numbersDamaged: boolean;
  /** By their names; only the last was read. */
  segments: Segment[];
  /** The highest number on disk, 0 for none. */
  last: number;
}

/** Reads the outbox's folder. @throws what node:fs throws when the folder cannot be made or listed */
export function readFolder(folder: string): Found {
  // A folder that is new must not vanish with the power, with all that was synced in it.
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(folder));
  const names = readdirSync(folder);
  const present = names.includes(NUMBERS_FILE);
  const discarded = !present && names.includes(DISCARDED_NUMBERS);
  const numbers = present ? decodeNumbers(read(folder, NUMBERS_FILE)) : undefined;
  const firsts = names.flatMap((name) => firstOf(name) ?? []).sort((a, b) => a - b);
  const stream = numbers?.stream ?? new Uint8Array(8);
  const segments = firsts.map((first, index) =>
    unknownSegment(first, (firsts[index + 1] ?? first + 1) - 1, stream),
  );
  return {
    numbers,
    numbersDamaged: discarded || (present && numbers === undefined),
    segments,
    last: readTail(folder, segments.at(-1)),
  };
}

/** A file that the disk does not give back reads as empty: as one that was damaged altogether. */
function read(folder: string, name: string): Buffer {
  try {
    return readFileSync(join(folder, name));
  } catch {
    return Buffer.alloc(0);
  }
}

function readTail(folder: string, tail: Segment | undefined): number {
  if (tail === undefined) return 0;
  const { blocks } = scanSegment(read(folder, tail.name));
  if (blocks.length === 0) {
    // Torn while it was made: after anything but a good end its records are elsewhere, or in the gap of the power cut.
    tail.last = tail.first - 1;
    return tail.last;
  }
  Object.assign(tail, factsOf(blocks), { first: tail.first });
  return tail.last;
}

const unknownSegment = (first: number, last: number, stream: Uint8Array): Segment => ({
  name: segmentName(first),
  first,
  last: Math.max(first, last),
  count: Math.max(1, last - first + 1),
  oldest: 0,
  newest: 0,
  timed: false,
  stream, // the best guess until a block says it
  size: 0,
  waiting: undefined,
  known: false,
});
