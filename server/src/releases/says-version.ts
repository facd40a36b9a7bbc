import { execFile } from 'node:child_process';
import { arch, platform as os } from 'node:process';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Platform } from '@perch/broker-bridge/release.ts';

/** How long an executable may take to tell its version, in ms. */
export const TELL_TIMEOUT_MS = 10_000;
/** Most that it may say, in bytes. */
export const TELL_LIMIT = 4096;

/**
 * Checks that an executable is of the version that it is published for, as each board trusts it to be: by asking it, when
 * it is for this machine, else by whether the version is in it at all (`found`). Throws PerchError MALFORMED when it is of another,
 * DOES_NOT_START when it should run here and does not.
 */
export async function checkVersion(
  file: string,
  platform: Platform,
  version: string,
  found: boolean,
  timeout = TELL_TIMEOUT_MS,
): Promise<void> {
  const said = platform === `${os}-${arch}` ? await ask(file, timeout) : undefined;
  if (said === undefined) {
    if (!found)
      throw new PerchError(
        'MALFORMED',
        `${file} is not of version ${version}: nothing in it says so; build it with that version`,
      );
  } else if (said !== version)
    throw new PerchError(
      'MALFORMED',
      `${file} says that it is version ${JSON.stringify(said.slice(0, 80))}, not ${version}; publish it as what it is`,
    );
}

/** What it answers to --version; undefined when this file may not be run at all. */
function ask(file: string, timeout: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(
      file,
      ['--version'],
      { cwd: '/', env: {}, timeout, killSignal: 'SIGKILL', maxBuffer: TELL_LIMIT },
      (error, stdout) => {
        if (error === null) resolve(stdout.trim());
        else if (error.code === 'EACCES') resolve(undefined);
        else
          reject(
            new PerchError(
              'DOES_NOT_START',
              `${file} does not tell its version on this machine (${error.signal ?? error.code ?? 'no answer'}), so it would not start on a board`,
            ),
          );
      },
    );
  });
}
