import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureDebianPackages } from './apt.ts';
import { CACHE, MODULES, ROOT } from './paths.ts';
import { lastLines, runCommand } from './run-command.ts';
import { pinOf, type RuntimePackage } from './runtime-package.ts';
import { hostTarget, type Target } from './targets.ts';

const COMPILE_TIMEOUT = 5 * 60_000;

/** No debug information and no build id: with it and no absolute paths, the same sources give the same bytes everywhere. */
const FLAGS = ['-O2', '-fPIC', '-shared', '-s', '-Wl,--build-id=none', '-Wl,--as-needed'];

/** The warnings are silenced as in i2c-bus' own binding.gyp. */
const I2C_FLAGS = [
  '-std=c++20',
  '-w',
  '-fno-exceptions',
  '-fno-rtti',
  '-DNODE_GYP_MODULE_NAME=i2c',
  '-DBUILDING_NODE_EXTENSION',
];

/** Plain C, by the C++ compiler's driver: so one compiler does for both. */
const BOARD_FLAGS = ['-x', 'c', '-std=c11', '-Wall', '-Wextra', '-Werror'];
const BOARD_FOLDER = join(ROOT, 'agent/src/native/board');
const BOARD_SOURCE = 'board.c';

/** C++ compiler for a target on this machine: its own, or the cross compiler with Debian's prefix. */
export const compilerOf = (target: Target): { program: string; debianPackage: string } =>
  target.platform === hostTarget().platform
    ? { program: 'g++', debianPackage: 'g++' }
    : { program: `${target.triplet}-g++`, debianPackage: target.crossCompilerPackage };

async function requireCompiler(target: Target): Promise<{ program: string; version: string }> {
  const { program, debianPackage } = compilerOf(target);
  const ask = () => runCommand(program, ['--version'], { timeout: 10_000 });
  let answer = await ask();
  if (answer.missing && (await ensureDebianPackages([debianPackage])).length === 0) answer = await ask();
  if (answer.status !== 0)
    throw new Error(
      `the C++ compiler ${program} is missing; it compiles the native parts for ${target.platform}. ` +
        `Install it with: apt-get install ${debianPackage}`,
    );
  return { program, version: answer.output.split('\n')[0] ?? '' };
}

type Part = {
  /** What is compiled, for messages. */
  title: string;
  /** Start of the name of its folder in the cache. */
  name: string;
  /** The addon's path below that folder. */
  file: string;
  /** Working folder, source in it, and flags beside FLAGS. */
  folder: string;
  source: string;
  flags: string[];
  /** What the bytes depend on beside the compiler, the flags and the headers. */
  inputs: unknown[];
};

/** Compiles one native part for a target against the headers of its runtime, or finds it in the cache. */
async function compile(
  part: Part,
  target: Target,
  runtime: RuntimePackage,
  progress: (message: string) => void,
): Promise<string> {
  const compiler = await requireCompiler(target);
  const flags = [...FLAGS, ...part.flags];
  // Folders differ from machine to machine and are no part of what is compiled.
  const named = flags.map((flag) => flag.replaceAll(ROOT, '.'));
  const key = createHash('sha256')
    .update(JSON.stringify([named, compiler.version, part.inputs, runtime.integrity]))
    .digest('hex')
    .slice(0, 16);
  const path = join(CACHE, `${part.name}-${key}`, part.file);
  if (existsSync(path)) return path;

  progress(`compiling ${part.title} for ${target.platform}`);
  mkdirSync(dirname(path), { recursive: true });
  const output = `${path}.${randomBytes(6).toString('hex')}`;
  const args = [...flags, `-I${join(runtime.folder, 'include/node')}`, '-o', output, part.source];
  const compiled = await runCommand(compiler.program, args, { cwd: part.folder, timeout: COMPILE_TIMEOUT });
  if (compiled.status !== 0) {
    rmSync(output, { force: true });
    throw new Error(`${compiler.program} could not compile ${part.title}:\n${lastLines(compiled.output)}`);
  }
  renameSync(output, path);
  return path;
}

/**
 * Path of the native part of i2c-bus for a target; it ends in `<node version>/linux/<arch>/i2c.node`, as the package
 * `bindings` wants it below a folder of compiled addons.
 */
export const compileI2cAddon = (
  target: Target,
  runtime: RuntimePackage,
  progress: (message: string) => void = () => {},
): Promise<string> =>
  compile(
    {
      title: 'i2c-bus',
      name: 'i2c',
      file: join(runtime.version, 'linux', target.arch, 'i2c.node'),
      folder: join(MODULES, 'i2c-bus'),
      source: 'src/i2c.cc',
      flags: [...I2C_FLAGS, `-ffile-prefix-map=${MODULES}=.`, `-I${join(MODULES, 'nan')}`],
      inputs: [pinOf('i2c-bus'), pinOf('nan')],
    },
    target,
    runtime,
    progress,
  );

/** Path of the native part `board` (agent/src/native/board) for a target. */
export const compileBoardAddon = (
  target: Target,
  runtime: RuntimePackage,
  progress: (message: string) => void = () => {},
): Promise<string> =>
  compile(
    {
      title: 'the native part board',
      name: 'board',
      file: 'board.node',
      folder: BOARD_FOLDER,
      source: BOARD_SOURCE,
      flags: BOARD_FLAGS,
      inputs: [readFileSync(join(BOARD_FOLDER, BOARD_SOURCE), 'utf8')],
    },
    target,
    runtime,
    progress,
  );

/** The prebuilt addon of @serialport/bindings-cpp for a target. */
export function serialAddon(target: Target): string {
  const path = join(MODULES, '@serialport/bindings-cpp/prebuilds', target.serialAddon);
  if (!existsSync(path)) throw new Error(`${path} is missing: run npm ci`);
  return path;
}

/** True when the file is a shared object or program for the target's processor (ELF header, field e_machine). */
export function isForTarget(path: string, target: Target): boolean {
  const header = readFileSync(path).subarray(0, 20);
  const machine = { x64: 0x3e, arm64: 0xb7 }[target.arch];
  return (
    header.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1')) && header.readUInt16LE(18) === machine
  );
}
