import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './paths.ts';
import { lastLines, runCommand } from './run-command.ts';
import { type RuntimePackage, runtimePackage } from './runtime-package.ts';
import { hostTarget, type Target } from './targets.ts';

const SEAL_TIMEOUT = 5 * 60_000;
const STRIP_TIMEOUT = 60_000;

/**
 * V8 options of the executable. An agent that encrypts and publishes 50 messages a second on x64 is 68 MB resident with
 * them (26 MB of it its own) and 91 MB (42 MB) without; it starts 15 ms later and takes a third more processor time.
 * Lite mode has no compiler for JavaScript and thus no WebAssembly: fetch() does not work in the agent.
 */
export const EXEC_ARGV: readonly string[] = ['--lite-mode', '--max-semi-space-size=1'];

/** The runtime's program without its symbol table, kept in the cache. The whole one when this machine cannot strip it. */
async function strippedRuntime(target: Target, runtime: RuntimePackage): Promise<string> {
  const path = join(CACHE, `stripped-${target.runtimePackage}-${runtime.version}`);
  if (existsSync(path)) return path;
  const original = join(runtime.folder, 'bin/node');
  const strip = target.platform === hostTarget().platform ? 'strip' : `${target.triplet}-strip`;
  const temporary = `${path}.${process.pid}`;
  const result = await runCommand(strip, ['-o', temporary, original], { timeout: STRIP_TIMEOUT });
  if (result.status !== 0) {
    rmSync(temporary, { force: true });
    return original;
  }
  renameSync(temporary, path);
  return path;
}

/**
 * Lays out pkg's cache of runtimes below a HOME of our own, as if pkg had downloaded and unpacked an archive: it asks
 * for the archive's name, for the unpacked program and for an .ok file beside each, and then goes to no network.
 */
function layOutPkgCache(home: string, target: Target, version: string, program: string): void {
  const cache = join(home, '.pkg-cache/sea');
  const name = `node-v${version}-linux-${target.arch}`;
  mkdirSync(join(cache, name, 'bin'), { recursive: true });
  copyFileSync(program, join(cache, name, 'bin/node'));
  for (const file of [`${name}.tar.gz`, `${name}.tar.gz.ok`, `${name}/bin/node.ok`])
    writeFileSync(join(cache, file), '');
}

/** Renames, or copies where `to` is on another file system. The caller gives a temporary name and renames it. */
function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    copyFileSync(from, to);
  }
  chmodSync(to, 0o755);
}

/**
 * Makes the executable `output` from a bundle and the target's runtime with pkg. The generator of the blob has to be
 * a Node of exactly the runtime's version that runs on this machine.
 */
export async function sealExecutable(
  target: Target,
  runtime: RuntimePackage,
  bundle: Uint8Array,
  output: string,
): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, 'seal-'));
  try {
    layOutPkgCache(work, target, runtime.version, await strippedRuntime(target, runtime));
    const host = hostTarget();
    if (host.platform !== target.platform) {
      const hostRuntime = await runtimePackage(host);
      layOutPkgCache(work, host, hostRuntime.version, join(hostRuntime.folder, 'bin/node'));
    }
    mkdirSync(join(work, 'tmp'));
    writeFileSync(join(work, 'agent.cjs'), bundle);
    const made = join(work, 'agent');
    const request = {
      platform: 'linux',
      arch: target.arch,
      version: runtime.version,
      bundle: 'agent.cjs',
      output: made,
      execArgv: EXEC_ARGV,
    };
    const program = join(import.meta.dirname, 'pkg-child.ts');
    const pkg = await runCommand(process.execPath, [program, JSON.stringify(request)], {
      cwd: work,
      timeout: SEAL_TIMEOUT,
      env: { ...process.env, HOME: work, TMPDIR: join(work, 'tmp') },
    });
    if (pkg.status !== 0 || !existsSync(made))
      throw new Error(`pkg could not make the executable for ${target.platform}:\n${lastLines(pkg.output)}`);
    moveFile(made, output);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
