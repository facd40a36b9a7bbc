import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import { diskError, syncFolder } from '../atomic-file.ts';
import { applyPatch } from './patch/apply.ts';
import { releaseName } from './release-name.ts';

/** Room that stays free beside the release. */
export const SPARE_BYTES = 16 * 1024 * 1024;
/** How long the new executable may take to tell its version (an emulated board needs seconds). */
const START_TIMEOUT_MS = 60_000;
const releasesOf = (state: string): string => join(state, 'releases');

/** Folder of a release, with the executable and what belongs to its trial. */
export const releaseFolder = (state: string, name: string): string => join(releasesOf(state), name);

/** The release's executable is there, whole when it was put there: it got its name last. */
export const isInstalled = (state: string, target: ReleaseTarget): boolean =>
  existsSync(join(releaseFolder(state, releaseName(target)), 'perch-agent'));

/** @throws PerchError DISK when the release and what is still to come of its object would not fit */
export function checkSpace(state: string, target: ReleaseTarget, objectBytesToCome: number): void {
  const { bavail, bsize } = statfsSync(state);
  const needed = target.length + objectBytesToCome + SPARE_BYTES;
  if (bavail * bsize < needed)
    throw new PerchError(
      'DISK',
      `the release needs ${needed} bytes free at ${state}; there are ${bavail * bsize}`,
    );
}

/** Length and SHA-256 of a file, undefined when it cannot be read. */
export async function fileHash(path: string): Promise<{ length: number; sha256: string } | undefined> {
  const hash = createHash('sha256');
  let length = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk as Buffer);
      length += (chunk as Buffer).length;
    }
  } catch {
    return undefined;
  }
  return { length, sha256: hash.digest('hex') };
}

/** @throws PerchError WRONG_HASH or WRONG_LENGTH unless the file has this length and SHA-256 */
export async function checkFile(
  path: string,
  expected: { length: number; sha256: string },
  what: string,
): Promise<void> {
  const found = await fileHash(path);
  if (found?.length !== expected.length)
    throw new PerchError('WRONG_LENGTH', `${what} has ${found?.length} bytes, not ${expected.length}`);
  if (found.sha256 !== expected.sha256)
    throw new PerchError('WRONG_HASH', `${what} does not have the hash that it should have`);
}

export interface InstallOptions {
  state: string;
  target: ReleaseTarget;
  /** Path of the object, whole. */
  object: string;
  /** Path of the executable that the object is a patch on; undefined for the full form. */
  base: string | undefined;
  signal: AbortSignal;
}

/**
 * Makes the release's executable beside the one that runs. Nothing is executable under its name before the whole of it was
 * read back from disk with the signed hash. @returns the release's name
 * @throws PerchError WRONG_HASH, WRONG_LENGTH, MALFORMED, TOO_LONG, DOES_NOT_START, BUSY or DISK
 */
export async function installRelease({
  state,
  target,
  object,
  base,
  signal,
}: InstallOptions): Promise<string> {
  const name = releaseName(target);
  const folder = releaseFolder(state, name);
  const executable = join(folder, 'perch-agent');
  const temporary = `${executable}.new`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await applyPatch({ patch: object, base, output: temporary, signed: target, signal });
    const file = await open(temporary, 'r+');
    await file.sync();
    await file.close();
    await checkFile(temporary, target, 'the new executable');
    const ready = await open(temporary, 'r');
    await ready.chmod(0o700);
    await ready.sync();
    await ready.close();
    renameSync(temporary, executable);
    syncFolder(folder);
    syncFolder(releasesOf(state));
    syncFolder(state);
    await checkStarts(executable, target.version);
    return name;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (error instanceof PerchError || signal.aborted) throw error;
    throw diskError(`cannot install ${name}`, error);
  }
}

/** How an executable is run: directly, or by the words in PERCH_RUNNER (an emulator in front of it, in tests). */
export const runnerWords = (env: NodeJS.ProcessEnv): string[] =>
  env.PERCH_RUNNER?.split(' ').filter(Boolean) ?? [];

function checkStarts(executable: string, version: string): Promise<void> {
  const [program, ...args] = [...runnerWords(process.env), executable, '--version'];
  return new Promise((resolve, reject) => {
    execFile(program!, args, { timeout: START_TIMEOUT_MS, maxBuffer: 65536 }, (error, stdout) => {
      const why = error?.message.split('\n')[0];
      // Too slow, or no memory or process for it just now: not the fault of the release.
      if (error && (error.killed || ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'].includes(String(error.code))))
        reject(new PerchError('BUSY', `the new executable could not be tried: ${why}`));
      else if (error)
        reject(new PerchError('DOES_NOT_START', `the new executable does not start here: ${why}`));
      else if (stdout.trim() !== version)
        reject(
          new PerchError(
            'DOES_NOT_START',
            `the new executable says it is ${JSON.stringify(stdout.trim().slice(0, 60))}, not ${version}`,
          ),
        );
      else resolve();
    });
  });
}

/** Removes every release but those named. */
export function keepReleases(state: string, keep: readonly (string | undefined)[]): void {
  if (!existsSync(releasesOf(state))) return;
  for (const name of readdirSync(releasesOf(state)))
    if (!keep.includes(name)) rmSync(join(releasesOf(state), name), { recursive: true, force: true });
}
