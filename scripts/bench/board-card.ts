import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type BoardParts, RIG_CACHE } from '../rig/board.ts';
import { makeCard, ROOT_AT } from '../rig/card.ts';
import { DebianPackages } from '../rig/debs.ts';
import { debianKernel, writeModuleOrder } from '../rig/kernel.ts';
import { findProgram } from '../test/programs.ts';
import { HWMON_MODULES, MODULES_FOLDER, SENSORS_SCRIPT } from './board-sensors.ts';

const MIB = 1024 * 1024;
const UNPACK_TIMEOUT = 120_000;

/** Bytes of the files in a folder. */
export const bytesOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

/**
 * Copies of the board's parts in `folder`. Those of the rig's cache are made anew when somebody changes what they are made of, and
 * a benchmark takes long.
 */
export function keepParts(folder: string, parts: BoardParts): BoardParts {
  const own = { ...parts, initramfs: join(folder, 'initramfs'), smallCard: join(folder, 'small.img') };
  for (const name of ['initramfs', 'smallCard'] as const)
    execFileSync('cp', ['--sparse=always', parts[name], own[name]], { timeout: UNPACK_TIMEOUT });
  return own;
}

/** Debian's packages for the board, kept with the rig's cache. */
export const benchPackages = (): DebianPackages =>
  new DebianPackages(join(RIG_CACHE, 'bench-debian'), 'arm64');

/**
 * Makes the card of a contender: the rig's small board with the thermometers' drivers, of the size that the rig's card has.
 * `addTo` puts the contender into the folder of the root file system.
 */
export async function makeBenchCard(
  path: string,
  parts: BoardParts,
  addTo: (root: string) => void | Promise<void>,
): Promise<void> {
  const { modules } = await debianKernel(benchPackages(), RIG_CACHE, HWMON_MODULES, () => {});
  const root = mkdtempSync(join(tmpdir(), 'perch-bench-root-'));
  try {
    chmodSync(root, 0o755);
    const image = `${parts.smallCard}?offset=${ROOT_AT * MIB}`;
    execFileSync(findProgram('debugfs') ?? 'debugfs', ['-R', `rdump / ${root}`, image], {
      timeout: UNPACK_TIMEOUT,
      stdio: 'pipe',
    });
    rmSync(join(root, 'lost+found'), { recursive: true, force: true });
    mkdirSync(join(root, MODULES_FOLDER), { recursive: true });
    for (const module of modules) copyFileSync(module, join(root, MODULES_FOLDER, basename(module)));
    writeModuleOrder(join(root, MODULES_FOLDER, 'order'), modules);
    appendFileSync(join(root, 'etc/init.d/rcS'), SENSORS_SCRIPT);
    await addTo(root);
    makeCard(path, root, statSync(parts.smallCard).size / MIB);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Has the board's init run a program in the foreground, and again 10 s after it has ended, as it does with the agent. */
export function startsWith(root: string, command: string): void {
  const path = join(root, 'etc/init.d/agent');
  writeFileSync(path, `#!/bin/sh\n${command}\nsleep 10\n`);
  chmodSync(path, 0o755);
}
