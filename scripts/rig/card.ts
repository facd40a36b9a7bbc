import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, renameSync, rmSync } from 'node:fs';
import { findProgram } from '../test/programs.ts';

const MIB = 1024 * 1024;
/** Where the partitions of a card lie, in MiB: a boot partition like that of a Raspberry Pi, and the root behind it. */
export const BOOT_AT = 1;
export const BOOT_SIZE = 32;
export const ROOT_AT = BOOT_AT + BOOT_SIZE;
const TOOL_TIMEOUT = 120_000;

const run = (program: string, args: string[], input?: string): string =>
  execFileSync(findProgram(program) ?? program, args, {
    timeout: TOOL_TIMEOUT,
    stdio: ['pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  });

/**
 * Makes the image of a card from the folder of its root file system: a partition table, FAT with the firmware's settings,
 * ext4. The image is sparse. `sizeMib` is that of the whole card.
 */
export function makeCard(path: string, root: string, sizeMib: number): void {
  const part = `${path}.${process.pid}`;
  try {
    const file = openSync(part, 'w');
    ftruncateSync(file, sizeMib * MIB);
    closeSync(file);
    run(
      'sfdisk',
      ['--quiet', part],
      `label: dos\nstart=${BOOT_AT}MiB, size=${BOOT_SIZE}MiB, type=c\nstart=${ROOT_AT}MiB, type=83\n`,
    );
    run('mformat', [
      '-i',
      `${part}@@${BOOT_AT * MIB}`,
      '-T',
      String(BOOT_SIZE * 2048),
      '-h',
      '64',
      '-s',
      '32',
      '-v',
      'bootfs',
      '::',
    ]);
    for (const [name, text] of [
      ['config.txt', '# The emulated board has no firmware that reads this.\n[all]\n'],
      ['cmdline.txt', 'console=tty1 root=/dev/vda2 rootfstype=ext4 rootwait\n'],
    ] as const)
      run('mcopy', ['-i', `${part}@@${BOOT_AT * MIB}`, '-', `::${name}`], text);
    run('mkfs.ext4', [
      '-q',
      '-F',
      '-L',
      'rootfs',
      '-d',
      root,
      '-E',
      `offset=${ROOT_AT * MIB},root_owner=0:0`,
      part,
      `${sizeMib - ROOT_AT}M`,
    ]);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}
