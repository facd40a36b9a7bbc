import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILD_PLATFORMS } from '../build/targets.ts';
import { findProgram } from '../test/programs.ts';
import type { Benchmark, Watch } from './benchmark.ts';
import { UsageError, wordOption } from './options.ts';
import { alignedTable, digits, type Figure, type Findings } from './report.ts';
import { fullRows } from './update-full.ts';
import { OURS, OURS_COMPILED } from './update-ours.ts';
import { buildPairs, PAIRS, type Pair } from './update-pairs.ts';
import { RIVALS } from './update-rivals.ts';
import type { Row, Scheme } from './update-scheme.ts';

/** Makes and applies with one scheme, and looks at what came of it. */
async function measure(
  scheme: Scheme,
  pair: Pair,
  folder: string,
  { progress, signal }: Watch,
): Promise<Row> {
  const task = { ...pair, patch: join(folder, 'patch'), output: join(folder, 'output'), signal };
  progress(`${pair.name}: ${scheme.name} makes a patch`);
  const made = await scheme.make(task);
  progress(`${pair.name}: ${scheme.name} applies it`);
  const applied = await scheme.apply(task);
  if (!readFileSync(pair.target).equals(readFileSync(task.output)))
    throw new Error(`${scheme.name} made something else than the target`);
  return { pair: pair.name, scheme: scheme.name, bytes: made.bytes, made, applied };
}

/** Each scheme in a folder of its own, which is gone afterwards. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-bench-update-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const TITLES = ['PAIR', 'SCHEME', 'BYTES', 'TO BEST OTHER', 'MAKE S', 'MAKE MB', 'APPLY S', 'APPLY MB'];

function findingsOf(rows: readonly Row[]): Findings {
  const figures: Figure[] = [];
  const lines = rows.map((row) => {
    const others = rows.filter(
      ({ pair, scheme }) => pair === row.pair && scheme !== OURS.name && scheme !== OURS_COMPILED.name,
    );
    const best = others.reduce<Row | undefined>(
      (least, each) => (least && least.bytes <= each.bytes ? least : each),
      undefined,
    );
    const name = `${row.pair}.${row.scheme}`;
    figures.push(
      { name: `${name}.bytes`, value: row.bytes, unit: 'B' },
      { name: `${name}.make`, value: row.made.seconds, unit: 's' },
      { name: `${name}.make-memory`, value: row.made.memory, unit: 'MB' },
      { name: `${name}.apply`, value: row.applied.seconds, unit: 's' },
      { name: `${name}.apply-memory`, value: row.applied.memory, unit: 'MB' },
    );
    const ratio = best === undefined ? Number.NaN : row.bytes / best.bytes;
    if (best !== undefined && row.scheme === OURS.name)
      figures.push({
        name: `${name}.ratio`,
        value: ratio,
        unit: 'ratio',
        ratioTo: `${best.pair}.${best.scheme}.bytes`,
      });
    return [
      ...[row.pair, row.scheme, String(row.bytes), digits(ratio)],
      ...[row.made.seconds, row.made.memory, row.applied.seconds, row.applied.memory].map(digits),
    ];
  });
  return { figures, text: alignedTable(TITLES, lines, 2) };
}

export const update: Benchmark = {
  name: 'update',
  summary: 'bytes, time and memory of updates, beside bsdiff, xdelta3, zstd and casync',
  help: `
Builds pairs of agent executables: one line of our source changed; a dependency bumped (mqtt 5.15.1 to ours); the Node runtime
bumped (24.20.0 to ours). Each scheme makes its patch and applies it, and the output is compared. For casync, BYTES are the index
and the chunks that the base does not have. APPLY MB is the most that was resident, but for perch what it took above idle,
memory of files aside. perch runs with the V8 options of the executable (an interpreter only); "perch, compiled" without.
full is the full form for boards whose base is unknown, beside zstd -19 of the whole file; it takes minutes.
The executables are kept in node_modules/.cache. A program that is missing is left out: apt-get install bsdiff xdelta3 zstd casync`,
  options: {
    pair: { value: 'P', help: `${PAIRS.join(', ')}, full, or all (default: all)` },
    platform: { value: 'P', help: `${BUILD_PLATFORMS.join(' or ')} (default: linux-arm64)` },
  },
  async run(values, watch) {
    const wanted = wordOption(values, 'pair', 'all', [...PAIRS, 'full', 'all']);
    const platform = wordOption(values, 'platform', 'linux-arm64', BUILD_PLATFORMS);
    const rivals = RIVALS.filter(({ name }) => findProgram(name) !== undefined);
    if (rivals.length === 0)
      throw new UsageError(
        'none of bsdiff, xdelta3, zstd, casync is installed (apt-get install bsdiff xdelta3 zstd casync)',
      );
    const names = PAIRS.filter((name) => wanted === 'all' || wanted === name);
    const pairs = await buildPairs(platform, names.length > 0 ? names : ['line'], watch);
    const rows: Row[] = [];
    for (const pair of names.length > 0 ? pairs : [])
      for (const scheme of [OURS, OURS_COMPILED, ...rivals])
        rows.push(await inFolder((folder) => measure(scheme, pair, folder, watch)));
    if (wanted === 'all' || wanted === 'full')
      rows.push(...(await inFolder((folder) => fullRows(pairs[0]!.target, folder, watch))));
    const missing = RIVALS.filter((rival) => !rivals.includes(rival)).map(({ name }) => name);
    const { figures, text } = findingsOf(rows);
    const note = missing.length > 0 ? `\n${missing.join(', ')} left out: not installed` : '';
    return { figures, text: `${platform}\n\n${text}${note}` };
  },
};
