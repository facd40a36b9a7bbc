import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureDebianPackages } from './apt.ts';
import { CACHE, MODULES } from './paths.ts';
import { lastLines, runCommand } from './run-command.ts';
import { pinOf, type RuntimePackage } from './runtime-package.ts';
import { hostTarget, type Target } from './targets.ts';

const COMPILE_TIMEOUT = 5 * 60_000;

/**
 * No debug information, no build id and no absolute paths: the same sources give the same bytes in every folder.
 * The warnings are silenced as in i2c-bus' own binding.gyp.
 */
const FLAGS = [
  '-std=c++20',
  '-O2',
  '-fPIC',
  '-shared',
  '-s',
  '-w',
  '-fno-exceptions',
  '-fno-rtti',
  '-DNODE_GYP_MODULE_NAME=i2c',
  '-DBUILDING_NODE_EXTENSION',
  '-Wl,--build-id=none',
  '-Wl,--as-needed',
];

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
      `the C++ compiler ${program} is missing; it compiles the I2C part for ${target.platform}. ` +
        `Install it with: apt-get install ${debianPackage}`,
    );
  return { program, version: answer.output.split('\n')[0] ?? '' };
}

/**
 * Compiles the native part of i2c-bus for a target against the headers of its runtime, or finds it in the cache.
 * Returns the path of an i2c.node file; it ends in `<node version>/linux/<arch>/i2c.node`, as the package `bindings`
 * wants it below a folder of compiled addons.
 */
export async function compileI2cAddon(
  target: Target,
  runtime: RuntimePackage,
  progress: (message: string) => void = () => {},
): Promise<string> {
  const compiler = await requireCompiler(target);
  const key = createHash('sha256')
    .update(JSON.stringify([FLAGS, compiler.version, pinOf('i2c-bus'), pinOf('nan'), runtime.integrity]))
    .digest('hex')
    .slice(0, 16);
  const path = join(CACHE, `i2c-${key}`, runtime.version, 'linux', target.arch, 'i2c.node');
  if (existsSync(path)) return path;

  progress(`compiling i2c-bus for ${target.platform}`);
  mkdirSync(dirname(path), { recursive: true });
  const output = `${path}.${randomBytes(6).toString('hex')}`;
  const sources = join(MODULES, 'i2c-bus');
  const args = [
    ...FLAGS,
    `-ffile-prefix-map=${MODULES}=.`,
    `-I${join(runtime.folder, 'include/node')}`,
    `-I${join(MODULES, 'nan')}`,
    '-o',
    output,
    'src/i2c.cc',
  ];
  const compiled = await runCommand(compiler.program, args, { cwd: sources, timeout: COMPILE_TIMEOUT });
  if (compiled.status !== 0) {
    rmSync(output, { force: true });
    throw new Error(`${compiler.program} could not compile i2c-bus:\n${lastLines(compiled.output)}`);
  }
  renameSync(output, path);
  return path;
}

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
