import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isVersion } from '../../broker-bridge/src/release.ts';
import { bundleAgent } from './bundle.ts';
import { compileBoardAddon, compileI2cAddon, serialAddon } from './compile-addon.ts';
import { withFileLock } from './file-lock.mjs';
import { ROOT } from './paths.ts';
import { pinOf, runtimePackage } from './runtime-package.ts';
import { EXEC_ARGV, sealExecutable } from './seal.ts';
import { type BuildPlatform, targetOf } from './targets.ts';

const LOCK_WAIT = 15 * 60_000;

export type BuildRequest = {
  platform: BuildPlatform;
  /** Such as 0.2.0; what the executable answers to --version. */
  version: string;
  /** Path of the executable. A stamp file `.<name>.json` is kept beside it. */
  outfile: string;
  /** Another program than agent/src/main.ts. */
  entry?: string;
  /** Called with a short line before each step that takes a while. */
  progress?: (message: string) => void;
};

export type BuildResult = {
  /** Absolute. */
  path: string;
  bytes: number;
  /** 64 hex digits. */
  sha256: string;
};

type Stamp = { inputs: string; bytes: number; sha256: string };

async function digestFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** What an earlier build left at `path`, when its inputs were the same and the file is still what it was. */
async function upToDate(path: string, stampPath: string, inputs: string): Promise<BuildResult | undefined> {
  try {
    const stamp = JSON.parse(readFileSync(stampPath, 'utf8')) as Stamp;
    if (stamp.inputs !== inputs || (await stat(path)).size !== stamp.bytes) return undefined;
    const found = await digestFile(path);
    return found.sha256 === stamp.sha256 ? { path, ...found } : undefined;
  } catch {
    // No stamp, half a stamp or no executable: build it.
    return undefined;
  }
}

/**
 * Builds the agent's executable for a platform. Same sources, lock file, version and compiler give the same bytes, in
 * any folder. Nothing is done when the file at `outfile` was built from the same inputs; a file that is replaced is
 * replaced in one step. Several processes may build the same file at once: one does, the others wait.
 * @throws Error with one clear message (unknown platform, bad version, missing compiler, unreachable registry, ...)
 */
export async function buildAgent(request: BuildRequest): Promise<BuildResult> {
  const target = targetOf(request.platform);
  const progress = request.progress ?? (() => {});
  if (!isVersion(request.version))
    throw new Error(`"${request.version}" is not a version; use three numbers such as 0.2.0 or 1.0.0-rc.1`);
  const path = resolve(request.outfile);
  const folder = dirname(path);
  const stampPath = join(folder, `.${basename(path)}.json`);
  mkdirSync(folder, { recursive: true });

  const runtime = await runtimePackage(target, progress);
  const addons = {
    i2c: await compileI2cAddon(target, runtime, progress),
    serial: serialAddon(target),
    board: await compileBoardAddon(target, runtime, progress),
  };
  const entry = request.entry ?? join(ROOT, 'agent/src/main.ts');
  const bundle = await bundleAgent({ entry, version: request.version, addons });
  const inputs = createHash('sha256')
    .update(JSON.stringify([runtime.integrity, pinOf('@yao-pkg/pkg').integrity, EXEC_ARGV]))
    .update(bundle)
    .digest('hex');

  return withFileLock(join(folder, `.${basename(path)}.lock`), { wait: LOCK_WAIT }, async () => {
    const built = await upToDate(path, stampPath, inputs);
    if (built !== undefined) return built;
    progress(`packing perch-agent ${request.version} for ${target.platform}`);
    const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
    try {
      await sealExecutable(target, runtime, bundle, temporary);
      const digest = await digestFile(temporary);
      renameSync(temporary, path);
      writeFileSync(stampPath, JSON.stringify({ inputs, ...digest } satisfies Stamp));
      return { path, ...digest };
    } finally {
      rmSync(temporary, { force: true });
    }
  });
}
