import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { measuredRun } from './measured-run.ts';
import type { Scheme } from './update-scheme.ts';

const sizeOf = (path: string): number => statSync(path).size;

/** Names and sizes of the files below a folder of chunks. */
function chunksOf(store: string): Map<string, number> {
  const names = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(names.map(({ name, parentPath }) => [name, sizeOf(join(parentPath, name))]));
}

/** What is compared with ours, each as its authors advise for files of that size. */
export const RIVALS: Scheme[] = [
  {
    name: 'bsdiff',
    debianPackage: 'bsdiff',
    async make({ base, target, patch, signal }) {
      const run = await measuredRun('bsdiff', [base, target, patch], signal);
      return { ...run, bytes: sizeOf(patch) };
    },
    apply: ({ base, patch, output, signal }) => measuredRun('bspatch', [base, output, patch], signal),
  },
  {
    name: 'xdelta3',
    debianPackage: 'xdelta3',
    async make({ base, target, patch, signal }) {
      const args = [
        '-q',
        '-f',
        '-9',
        '-S',
        'lzma',
        '-B',
        String(128 * 1024 * 1024),
        '-e',
        '-s',
        base,
        target,
        patch,
      ];
      const run = await measuredRun('xdelta3', args, signal);
      return { ...run, bytes: sizeOf(patch) };
    },
    apply: ({ base, patch, output, signal }) =>
      measuredRun(
        'xdelta3',
        ['-q', '-f', '-B', String(128 * 1024 * 1024), '-d', '-s', base, patch, output],
        signal,
      ),
  },
  {
    name: 'zstd',
    debianPackage: 'zstd',
    async make({ base, target, patch, signal }) {
      const args = ['-q', '-f', '-19', '--long=27', `--patch-from=${base}`, target, '-o', patch];
      const run = await measuredRun('zstd', args, signal);
      return { ...run, bytes: sizeOf(patch) };
    },
    apply: ({ base, patch, output, signal }) =>
      measuredRun(
        'zstd',
        ['-q', '-f', '-d', '--long=27', `--patch-from=${base}`, patch, '-o', output],
        signal,
      ),
  },
  {
    name: 'casync',
    debianPackage: 'casync',
    /** What a board fetches: the index, and the chunks that are not in the base. */
    async make({ base, target, patch, signal }) {
      const old = await measuredRun(
        'casync',
        ['make', `--store=${patch}.old`, `${patch}.old.caibx`, base],
        signal,
      );
      const run = await measuredRun(
        'casync',
        ['make', `--store=${patch}.new`, `${patch}.caibx`, target],
        signal,
      );
      const known = chunksOf(`${patch}.old`);
      let bytes = sizeOf(`${patch}.caibx`);
      for (const [name, size] of chunksOf(`${patch}.new`)) if (!known.has(name)) bytes += size;
      rmSync(`${patch}.old`, { recursive: true });
      return { ...run, seconds: run.seconds + old.seconds, memory: Math.max(run.memory, old.memory), bytes };
    },
    apply: ({ base, patch, output, signal }) =>
      measuredRun(
        'casync',
        ['extract', `--store=${patch}.new`, `--seed=${base}`, '--seed-output=no', `${patch}.caibx`, output],
        signal,
      ),
  },
];
