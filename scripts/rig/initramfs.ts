import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Kernel } from './kernel.ts';
import { writeModuleOrder } from './kernel.ts';

const GUEST = join(import.meta.dirname, 'guest');
const CPIO_TIMEOUT = 60_000;

/**
 * Writes the board's first file system: drivers, busybox and the rig's own programs. It is not compressed: the emulated
 * processor would take longer to unpack it than the host to read it.
 */
export function makeInitramfs(path: string, parts: { kernel: Kernel; busybox: string; relay: string }): void {
  const root = `${path}.${process.pid}`;
  try {
    for (const folder of ['bin', 'modules', 'rig']) mkdirSync(join(root, folder), { recursive: true });
    copyFileSync(join(GUEST, 'init'), join(root, 'init'));
    chmodSync(join(root, 'init'), 0o755);
    copyFileSync(parts.busybox, join(root, 'bin/busybox'));
    copyFileSync(parts.busybox, join(root, 'rig/busybox'));
    copyFileSync(parts.relay, join(root, 'rig/uhid-relay'));
    for (const name of ['start', 'shell']) copyFileSync(join(GUEST, name), join(root, 'rig', name));
    for (const module of parts.kernel.modules) copyFileSync(module, join(root, 'modules', basename(module)));
    writeModuleOrder(join(root, 'modules/order'), parts.kernel.modules);
    execFileSync(
      'sh',
      [
        '-c',
        'find . -print0 | cpio --null --create --format=newc --owner=+0:+0 --quiet > "$1"',
        'sh',
        `${root}.cpio`,
      ],
      { cwd: root, timeout: CPIO_TIMEOUT },
    );
    renameSync(`${root}.cpio`, path);
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(`${root}.cpio`, { force: true });
  }
}
