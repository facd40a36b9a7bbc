import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdDecompress } from 'node:zlib';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Manifest } from '@perch/broker-bridge/release.ts';
import { diskError, syncFolder } from '../atomic-file.ts';

/** The decompressor's window, hence its memory: 2^24 = 16 MiB. */
const WINDOW_LOG_LIMIT = 24;
/** Room that stays free beside the release. */
export const SPARE_BYTES = 16 * 1024 * 1024;
/** How long the new executable may take to tell its version (an emulated board needs seconds). */
const START_TIMEOUT_MS = 60_000;
const releasesOf = (state: string): string => join(state, 'releases');

const HASH_DIGITS = 12;

/** Folder name of a release: version and the start of its hash. */
export const releaseName = (manifest: Manifest): string =>
  `${manifest.version}-${manifest.sha256.slice(0, HASH_DIGITS)}`;

/** The version in a folder name. */
export const versionOf = (name: string): string => name.slice(0, -HASH_DIGITS - 1);

/** @throws PerchError DISK when the release would not fit */
export function checkSpace(state: string, manifest: Manifest, objectBytesHere: number): void {
  const { bavail, bsize } = statfsSync(state);
  const needed = manifest.length + manifest.object.length - objectBytesHere + SPARE_BYTES;
  if (bavail * bsize < needed)
    throw new PerchError(
      'DISK',
      `the release needs ${needed} bytes free at ${state}; there are ${bavail * bsize}`,
    );
}

/** Passes at most `length` bytes on and hashes them. */
function measured(length: number, what: string): { stream: Transform; check(sha256: string): void } {
  const hash = createHash('sha256');
  let seen = 0;
  return {
    stream: new Transform({
      transform(chunk: Buffer, _encoding, done) {
        seen += chunk.length;
        hash.update(chunk);
        if (seen > length)
          done(new PerchError('WRONG_LENGTH', `${what} goes on past its signed ${length} bytes`));
        else done(null, chunk);
      },
    }),
    check(sha256) {
      if (seen !== length)
        throw new PerchError('WRONG_LENGTH', `${what} has ${seen} bytes, ${length} were signed`);
      if (hash.digest('hex') !== sha256)
        throw new PerchError('WRONG_HASH', `${what} does not have the signed hash`);
    },
  };
}

/** @throws PerchError WRONG_HASH or WRONG_LENGTH */
export async function verifyObject(path: string, manifest: Manifest): Promise<void> {
  await verifyFile(path, manifest.object.length, manifest.object.sha256, 'the object');
}

async function verifyFile(path: string, length: number, sha256: string, what: string): Promise<void> {
  const { stream, check } = measured(length, what);
  stream.resume();
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), stream);
  check(sha256);
}

/**
 * Unpacks a verified object beside the release that runs. Nothing is executable under its name before the whole of it was
 * read back from disk with the signed hash. @throws PerchError WRONG_HASH, WRONG_LENGTH, DOES_NOT_START or DISK
 */
export async function installRelease(state: string, object: string, manifest: Manifest): Promise<string> {
  const name = releaseName(manifest);
  const folder = join(releasesOf(state), name);
  const executable = join(folder, 'perch-agent');
  const temporary = `${executable}.new`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { stream, check } = measured(manifest.length, 'the executable');
    const unpack = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_LIMIT } });
    await pipeline(createReadStream(object), unpack, stream, createWriteStream(temporary, { mode: 0o600 }));
    check(manifest.sha256);
    const file = await open(temporary, 'r+');
    await file.sync();
    await file.close();
    await verifyFile(temporary, manifest.length, manifest.sha256, 'the executable');
    const ready = await open(temporary, 'r');
    await ready.chmod(0o700);
    await ready.sync();
    await ready.close();
    renameSync(temporary, executable);
    syncFolder(folder);
    syncFolder(releasesOf(state));
    await checkStarts(executable, manifest.version);
    return name;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (error instanceof PerchError) throw error;
    if (String((error as NodeJS.ErrnoException).code).startsWith('ZSTD'))
      throw new PerchError('WRONG_HASH', `the object does not unpack: ${(error as Error).message}`);
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
