import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCK_HEADER, scanSegment } from '../block.ts';
import type { Gap } from '../gaps.ts';
import { Ground } from './box.ts';

export const ground = (t: { after(fn: () => void): void }): Ground => {
  const g = new Ground();
  t.after(() => g.remove());
  return g;
};
export const segs = ({ folder }: Ground): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort();
export const range = (a: number, b: number): number[] => Array.from({ length: b - a + 1 }, (_, i) => a + i);
export const errno = (code: string): Error => Object.assign(new Error(code), { code });
export const lostOf = (gaps: Gap[]): number => gaps.reduce((sum, { count }) => sum + count, 0);

/** A bit of a block turns over. */
export const rot = (g: Ground, name: string, block: number): void => {
  const path = join(g.folder, name);
  const bytes = readFileSync(path);
  const { offset } = scanSegment(bytes).blocks[block]!;
  bytes[offset + BLOCK_HEADER + 4]! ^= 0xff;
  writeFileSync(path, bytes);
};
