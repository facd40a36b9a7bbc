import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compilerOf } from '../build/compile-addon.ts';
import { withFileLock } from '../build/file-lock.mjs';
import { CACHE } from '../build/paths.ts';
import { lastLines, runCommand } from '../build/run-command.ts';
import { targetOf } from '../build/targets.ts';
import { DebianPackages } from './debs.ts';
import { makeInitramfs } from './initramfs.ts';
import { debianKernel, readModuleList } from './kernel.ts';
import { makeSmallCard, SMALL_ROOT_PACKAGES } from './small-root.ts';

const LOCK_WAIT = 15 * 60_000;
const COMPILE_TIMEOUT = 120_000;
export const RIG_CACHE = join(CACHE, 'rig');
const GUEST = join(import.meta.dirname, 'guest');

export interface BoardParts {
  kernel: string;
  initramfs: string;
  /** Image of a card with a small root, without Perch. Not to be written to. */
  smallCard: string;
}

/** What the parts are made of beside Debian's packages: a change makes them anew. */
function sourcesHash(): string {
  const hash = createHash('sha256');
  const files = [
    ...readdirSync(GUEST).map((name) => join(GUEST, name)),
    ...['initramfs.ts', 'kernel.ts', 'small-root.ts', 'debs.ts', 'card.ts'].map((name) =>
      join(import.meta.dirname, name),
    ),
  ];
  for (const path of files.sort()) hash.update(path).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

async function compileRelay(outfile: string): Promise<void> {
  const { program, debianPackage } = compilerOf(targetOf('linux-arm64'));
  const source = join(GUEST, 'uhid-relay.c');
  const flags = ['-x', 'c', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-O2', '-static', '-s'];
  const result = await runCommand(program, [...flags, '-o', outfile, source], { timeout: COMPILE_TIMEOUT });
  if (result.missing) throw new Error(`${program} is missing; apt-get install ${debianPackage}`);
  if (result.status !== 0) throw new Error(`cannot compile ${source}:\n${lastLines(result.output)}`);
}

/** Kernel, drivers and card of the emulated board, made of Debian's packages once and kept in node_modules/.cache. */
export async function boardParts(progress: (message: string) => void = () => {}): Promise<BoardParts> {
  mkdirSync(RIG_CACHE, { recursive: true });
  return withFileLock(join(RIG_CACHE, 'lock'), { wait: LOCK_WAIT }, async () => {
    const packages = new DebianPackages(join(RIG_CACHE, 'debian'), 'arm64');
    const modules = readModuleList(join(GUEST, 'modules'));
    const kernel = await debianKernel(packages, RIG_CACHE, modules, () =>
      progress("fetching Debian's arm64 kernel"),
    );
    const folder = join(RIG_CACHE, `board-${sourcesHash()}`);
    if (!existsSync(folder)) {
      progress('making the emulated board');
      for (const old of readdirSync(RIG_CACHE).filter((name) => name.startsWith('board-')))
        rmSync(join(RIG_CACHE, old), { recursive: true, force: true });
      const work = join(RIG_CACHE, `making-${process.pid}`);
      mkdirSync(work);
      try {
        const debs = await packages.fetch(SMALL_ROOT_PACKAGES);
        makeSmallCard(join(work, 'small.img'), debs);
        await compileRelay(join(work, 'uhid-relay'));
        await packages.unpackFile(debs[0]!, './bin/busybox', join(work, 'busybox'));
        makeInitramfs(join(work, 'initramfs'), {
          kernel,
          busybox: join(work, 'busybox'),
          relay: join(work, 'uhid-relay'),
        });
        renameSync(work, folder);
      } finally {
        rmSync(work, { recursive: true, force: true });
      }
    }
    return {
      kernel: kernel.image,
      initramfs: join(folder, 'initramfs'),
      smallCard: join(folder, 'small.img'),
    };
  });
}
