import { accessSync, chmodSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLines, runCommand } from './run-command.ts';

const UPDATE_TIMEOUT = 180_000;
const INSTALL_TIMEOUT = 900_000;
const QUERY_TIMEOUT = 30_000;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** What a package's scripts call to start its service, now or (the helper) at the next boot. */
const SERVICE_STARTERS = ['invoke-rc.d', 'deb-systemd-invoke', 'deb-systemd-helper'];

/** Packages of `names` that dpkg does not report as installed. */
async function notInstalled(names: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const name of names) {
    const query = await runCommand('dpkg-query', ['--status', name], {
      timeout: QUERY_TIMEOUT,
      env: { ...process.env, LC_ALL: 'C' },
    });
    if (query.status !== 0 || !query.output.includes('\nStatus: install ok installed\n')) missing.push(name);
  }
  return missing;
}

/** True when this process may install Debian packages: root, with apt-get at hand. */
export function canInstall(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    accessSync('/usr/bin/apt-get', constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** True when apt's lists know a candidate for every name. Without that, `apt-get update` has to come first. */
async function listsKnow(names: readonly string[]): Promise<boolean> {
  const policy = await runCommand('apt-cache', ['policy', ...names], {
    timeout: QUERY_TIMEOUT,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const candidates = policy.output.match(/^ {2}Candidate: (?!\(none\)).+$/gm) ?? [];
  return policy.status === 0 && candidates.length === names.length;
}

/**
 * Installs Debian packages that are missing, without questions and without starting their services: the programs
 * that start one are shadowed by empty ones for the time of the installation only, so that a broker that the tests
 * want does not come up on its default port. Prints one line when there is something to do.
 * Not root, or no apt-get: nothing is tried.
 * Returns the names that are still missing.
 */
export async function ensureDebianPackages(
  names: readonly string[],
  print: (line: string) => void = console.error,
): Promise<string[]> {
  if (!canInstall()) return [...names];
  const missing = await notInstalled(names);
  if (missing.length === 0) return [];
  print(`Installing Debian packages: ${missing.join(' ')}`);

  const shadow = mkdtempSync(join(tmpdir(), 'perch-apt-'));
  try {
    for (const program of SERVICE_STARTERS) {
      writeFileSync(join(shadow, program), '#!/bin/sh\nexit 0\n');
      chmodSync(join(shadow, program), 0o755);
    }
    chmodSync(shadow, 0o755);
    const apt = (args: string[], timeout: number) =>
      runCommand('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
        timeout,
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      });
    const install = () =>
      apt(
        [
          '-o',
          `DPkg::Path=${shadow}:${SYSTEM_PATH}`,
          'install',
          '--yes',
          '--no-install-recommends',
          ...missing,
        ],
        INSTALL_TIMEOUT,
      );

    const known = await listsKnow(missing);
    if (!known) await apt(['update'], UPDATE_TIMEOUT);
    let result = await install();
    if (result.status !== 0 && known) {
      // Old lists name files that the mirror no longer has.
      await apt(['update'], UPDATE_TIMEOUT);
      result = await install();
    }
    if (result.status !== 0) print(`apt-get install failed:\n${lastLines(result.output, 5)}`);
  } finally {
    rmSync(shadow, { recursive: true, force: true });
  }
  return notInstalled(missing);
}
