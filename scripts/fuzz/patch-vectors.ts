import { readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import { filterBranches } from '@perch/broker-bridge/update/patch/branch-filter.ts';
import { encodeHeader, FILTER } from '@perch/broker-bridge/update/patch/header.ts';
import { leafRuns } from '../../server/src/releases/delta/leaf-runs.ts';
import { deltaOf } from './patching.ts';
import { sampleExecutable } from './sample-executable.ts';

export const PATCH_VECTORS = new URL('../../broker-bridge/test-data/patch-vectors.json', import.meta.url);

/** A patch and what it was made of. Files are hex, or named ones of `FILES`, for which the vector has the SHA-256. */
export interface PatchVector {
  what: string;
  base: string | null;
  target: string;
  baseSha256: string | null;
  targetSha256: string;
  patch: string; // hex
}

const FEW = Array.from({ length: 12 }, (_, i) => i);
const LATER = [0, 1, 2, 3, 12, ...FEW.slice(4, 10), 11];

/** Files that are too long for hex; scripts/fuzz/sample-executable.ts makes them. */
const FILES: Record<string, () => Buffer> = {
  'arm64 old': () => sampleExecutable('arm64', FEW, 13),
  'arm64 new': () => sampleExecutable('arm64', LATER, 13),
  'x64 old': () => sampleExecutable('x64', FEW, 13),
  'x64 new': () => sampleExecutable('x64', LATER, 13),
};

const ROWS: { what: string; base?: string; target: string }[] = [
  { what: 'one byte from nothing', base: '', target: '50' },
  {
    what: 'nothing changed',
    base: '00112233445566778899aabbccddeeff',
    target: '00112233445566778899aabbccddeeff',
  },
  {
    what: 'a byte changed and some more',
    base: '00112233445566778899aabbccddeeff0123456789abcdef',
    target: '00112233445566778899aabb00ddeeff0123456789abcdef706572636820706572636820706572636820',
  },
  { what: 'ARM64 code with a function more and one less', base: 'arm64 old', target: 'arm64 new' },
  { what: 'x64 code with a function more and one less', base: 'x64 old', target: 'x64 new' },
  { what: 'the full form of three bytes', target: '010203' },
  { what: 'the full form of ARM64 code, with filtered branches', target: 'arm64 new' },
];

export const fileOf = (name: string): Buffer => FILES[name]?.() ?? Buffer.from(name, 'hex');

/** The full form by the simplest means: Brotli's own output is not part of the format, so only reading it is golden. */
function fullOf(name: string): Buffer {
  const target = fileOf(name);
  const filter = FILES[name]
    ? { kind: FILTER.arm64, start: 120, end: 3000 }
    : { kind: FILTER.none, start: 0, end: 0 };
  const filtered = Buffer.from(target);
  filterBranches(filtered, 0, target.length, filter, false);
  const runs = leafRuns(undefined, target);
  return Buffer.concat([
    encodeHeader({ length: target.length, base: undefined, runs, filter }),
    brotliCompressSync(filtered),
  ]);
}

export const buildPatchVectors = (): PatchVector[] =>
  ROWS.map(({ what, base, target }) => ({
    what,
    base: base ?? null,
    target,
    baseSha256: base === undefined ? null : sha256Hex(fileOf(base)),
    targetSha256: sha256Hex(fileOf(target)),
    patch: (base === undefined ? fullOf(target) : deltaOf(fileOf(base), fileOf(target))).toString('hex'),
  }));

export const readPatchVectors = (): PatchVector[] =>
  JSON.parse(readFileSync(PATCH_VECTORS, 'utf8')) as PatchVector[];
