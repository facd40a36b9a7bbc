import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compilerOf } from '../build/compile-addon.ts';
import { CACHE } from '../build/paths.ts';
import { lastLines, runCommand } from '../build/run-command.ts';
import { hostTarget } from '../build/targets.ts';

const HEADER = 'fs-shim.h';
const SOURCES = ['fs-shim.c', 'fs-shim-calls.c', 'fs-shim-record.c'];
// `-x c` is before each source: the C++ compiler takes it for one.
const FLAGS = [
  '-x',
  'c',
  '-O2',
  '-fPIC',
  '-shared',
  '-std=gnu11',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wl,-z,defs',
];
const COMPILE_TIMEOUT = 60_000;

/** Compiles the shim for this machine, or finds it in the cache. @returns the library's path @throws Error without a compiler */
export async function compileFsShim(): Promise<string> {
  const { program, debianPackage } = compilerOf(hostTarget());
  const key = createHash('sha256').update(JSON.stringify([program, FLAGS]));
  for (const name of [HEADER, ...SOURCES]) key.update(readFileSync(join(import.meta.dirname, name)));
  const path = join(CACHE, `fs-shim-${key.digest('hex').slice(0, 16)}`, 'fs-shim.so');
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const output = `${path}.${randomBytes(6).toString('hex')}`;
  const args = [...FLAGS, '-o', output, ...SOURCES.flatMap((name) => ['-x', 'c', name])];
  const compiled = await runCommand(program, args, { cwd: import.meta.dirname, timeout: COMPILE_TIMEOUT });
  if (compiled.status !== 0) {
    rmSync(output, { force: true });
    const hint = compiled.missing ? `it is missing: apt-get install ${debianPackage}` : '';
    throw new Error(`${program} could not compile ${SOURCES[0]}: ${hint}${lastLines(compiled.output)}`);
  }
  renameSync(output, path);
  return path;
}

/**
 * Calls that change something: each has an ordinal, and the program can be killed at it. `write` stands for pwrite, writev
 * and pwritev too, `truncate` for ftruncate, `link` for symlink.
 */
export type CountedCall =
  | 'open' // for writing, or one that creates or empties
  | 'write'
  | 'fsync'
  | 'fdatasync'
  | 'truncate'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'mkdir'
  | 'rmdir';
/** Calls that change nothing; they can be failed. */
export type ReadingCall = 'read' | 'open-read';

/**
 * What a rule does to calls: they fail with the errno of that name; read or write half of what they could (HALF); take longer
 * (DELAY, in ms); kill the program right before (KILL), or, when they write, after half of the bytes (TORN).
 */
export type FaultKind = `E${Uppercase<string>}` | 'HALF' | `DELAY${number}` | 'KILL' | 'TORN';

export interface FaultRule {
  kind: FaultKind;
  calls: readonly (CountedCall | ReadingCall)[];
  /** The first of these calls that is hit, from 1. Counted from when the rule came into force, in each process anew. */
  from?: number;
  /** How many are hit; all that follow when absent. */
  count?: number;
}

export interface FsShimOptions {
  /** Folders or files whose calls count, with all that is below them. */
  paths: readonly string[];
  /** One line per counted call, and per other call that is failed, is appended: see readFsLog. */
  log?: string;
  /** What the calls did is appended, with their bytes: see fs-record.ts and power-cut.ts. */
  record?: string;
  /** Ordinal of the counted call (from 1) right before which the program kills itself. Each process counts its own. */
  killAt?: number;
  /** A write that is killed writes its first half before: a torn write. */
  killHalf?: boolean;
  fail?: readonly FaultRule[];
  /** A file with rules, looked at before each call: see setFaults. Once it is there, it replaces `fail`. */
  control?: string;
}

/** Rules as FS_SHIM_FAIL takes them: KIND:call,call:from[:count], with semicolons between them. */
const formatFaults = (rules: readonly FaultRule[]): string =>
  rules
    .map(({ kind, calls, from = 1, count }) =>
      [kind, calls.join(','), from, ...(count === undefined ? [] : [count])].join(':'),
    )
    .join(';');

/** Changes the rules of a program that runs. None lets every call through. */
export function setFaults(control: string, rules: readonly FaultRule[]): void {
  // Renamed into place, so that the program never reads half a rule.
  writeFileSync(`${control}.new`, formatFaults(rules));
  renameSync(`${control}.new`, control);
}

/** Environment for a program on top of its own: with the shim in front of libc. `library` is compileFsShim's. */
export function fsShimEnvironment(library: string, options: FsShimOptions): Record<string, string> {
  const { paths, log, record, killAt, killHalf, fail, control } = options;
  const others = process.env.LD_PRELOAD === undefined ? [] : [process.env.LD_PRELOAD];
  return {
    LD_PRELOAD: [library, ...others].join(':'),
    FS_SHIM_PATHS: paths.map(realPath).join(':'),
    ...(log === undefined ? {} : { FS_SHIM_LOG: log }),
    ...(record === undefined ? {} : { FS_SHIM_RECORD: record }),
    ...(killAt === undefined ? {} : { FS_SHIM_KILL_AT: String(killAt) }),
    ...(killHalf ? { FS_SHIM_KILL_HALF: '1' } : {}),
    ...(fail === undefined ? {} : { FS_SHIM_FAIL: formatFaults(fail) }),
    ...(control === undefined ? {} : { FS_SHIM_CONTROL: control }),
  };
}

/** The path with links resolved as far as it exists: the shim compares such paths. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return folder === path ? path : join(realPath(folder), basename(path));
}

export interface LoggedCall {
  /** From 1 in each process; 0 for a call that does not count and was failed. */
  ordinal: number;
  name: CountedCall | ReadingCall;
  /** What the call returned, an error as a negative errno; or how it ended the program. */
  result: number | 'killed' | 'torn';
  path: string;
  /** Second path of `rename` and `link`. */
  other?: string;
}

/** The log of a program, as far as it is written; none when the program has not begun it. */
export function readFsLog(path: string): LoggedCall[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [ordinal, name, result, where, other] = line.split('\t');
      return {
        ordinal: Number(ordinal),
        name: name as LoggedCall['name'],
        result: result === 'killed' || result === 'torn' ? result : Number(result),
        path: where!,
        ...(other === undefined ? {} : { other }),
      };
    });
}
