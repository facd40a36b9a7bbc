import { join } from 'node:path';
import type { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { readIfThere, writeAtomic } from '../atomic-file.ts';
import { cksum } from './cksum.ts';

/**
 * A small text in two files, NAME.a and NAME.b, that are written in turn: whatever a power cut or a bad block takes, the
 * other one is whole. Each has a line `generation N` before the text and a line `check CRC LENGTH` behind it, with what
 * cksum says of all before (agent/launcher/perch-launcher reads such files too). The highest generation counts.
 */
export interface Copy {
  generation: number;
  text: string;
}

/** Highest generation; past it the launcher's arithmetic could overflow. A board reaches it never. */
const GENERATION_LIMIT = 10 ** 15 - 1;

const NAMES = ['a', 'b'] as const;
const fileOf = (folder: string, name: string, copy: (typeof NAMES)[number]): string =>
  join(folder, `${name}.${copy}`);

/** The copy in the content of a file, undefined unless it is whole. Pure. */
export function parseCopy(content: string): Copy | undefined {
  const end = content.lastIndexOf('check ');
  const body = content.slice(0, Math.max(end, 0));
  const generation = /^generation ([0-9]{1,15})\n/.exec(body);
  if (generation === null || content.slice(end) !== `check ${cksum(Buffer.from(body))}\n`) return undefined;
  return { generation: Number(generation[1]), text: body.slice(generation[0].length) };
}

/** The file of a copy. `text` is empty or ends with a newline. Pure. */
export function formatCopy({ generation, text }: Copy): string {
  const body = `generation ${generation}\n${text}`;
  return `${body}check ${cksum(Buffer.from(body))}\n`;
}

function readBoth(folder: string, name: string): (Copy | undefined)[] {
  let failure: unknown;
  const copies = NAMES.map((copy) => {
    try {
      return parseCopy(readIfThere(fileOf(folder, name, copy)) ?? '');
    } catch (error) {
      failure = error; // a bad block: the other copy is there for that
      return undefined;
    }
  });
  if (failure !== undefined && copies.every((copy) => copy === undefined)) throw failure;
  return copies;
}

/** The newest whole text, undefined when there is none. @throws PerchError DISK when neither copy can be read */
export function readCopies(folder: string, name: string): string | undefined {
  const [a, b] = readBoth(folder, name);
  return newest(a, b)?.text;
}

/** Writes the text over the older copy. @throws {PerchError} DISK */
export function writeCopies(folder: string, name: string, text: string): void {
  const [a, b] = readable(folder, name);
  const generation = Math.min((newest(a, b)?.generation ?? 0) + 1, GENERATION_LIMIT);
  const older = newest(a, b) === a && a !== undefined ? 'b' : 'a';
  writeAtomic(fileOf(folder, name, older), formatCopy({ generation, text }));
}

function readable(folder: string, name: string): (Copy | undefined)[] {
  try {
    return readBoth(folder, name);
  } catch (error) {
    const { code } = error as PerchError;
    if (code === 'DISK') return [undefined, undefined]; // both unreadable: writing is the only way on
    throw error;
  }
}

const newest = (a: Copy | undefined, b: Copy | undefined): Copy | undefined =>
  a === undefined ? b : b === undefined || a.generation >= b.generation ? a : b;
