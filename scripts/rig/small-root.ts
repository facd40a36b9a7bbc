import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCard } from './card.ts';
import { unpackDebs } from './debs.ts';

const GUEST = join(import.meta.dirname, 'guest');
/** MiB of the small board's card: the executable three times, records, and room that a test can fill. */
const CARD_MIB = 640;
/** What the executable needs beside the kernel, and coreutils for the launcher: Debian's busybox has no cksum. */
export const SMALL_ROOT_PACKAGES = [
  'busybox-static',
  ...['libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1'],
  ...['coreutils', 'libacl1', 'libattr1', 'libgmp10', 'libpcre2-8-0', 'libselinux1'],
] as const;

const FOLDERS = [
  'bin',
  'sbin',
  'boot',
  'dev',
  'etc/init.d',
  'proc',
  'root',
  'run',
  'sys',
  'tmp',
  'usr/bin',
  'usr/lib',
  'var/lib',
];

const ETC: Record<string, string> = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
  shadow: 'root:*:20000:0:99999:7:::\nnobody:*:20000:0:99999:7:::\n',
  group: 'root:x:0:\ntty:x:5:\ndialout:x:20:\nnogroup:x:65534:\n',
  gshadow: 'root:*::\ntty:*::\ndialout:*::\nnogroup:*::\n',
  hostname: 'board\n',
  hosts: '127.0.0.1 localhost\n127.0.1.1 board\n',
};

/** Makes the card image of a small board: busybox as init and shell, the libraries of the agent, and nothing of Perch. */
export function makeSmallCard(path: string, debs: readonly string[]): void {
  const root = `${path}.root`;
  rmSync(root, { recursive: true, force: true });
  try {
    for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
    // Debian's packages of today put their files below /usr or beside it; on the board both are one.
    symlinkSync('usr/lib', join(root, 'lib'));
    unpackDebs(debs, root, ['./usr/share']);
    for (const name of ['sh', 'mount', 'umount']) symlinkSync('busybox', join(root, 'bin', name));
    for (const name of ['init', 'mdev']) symlinkSync('../bin/busybox', join(root, 'sbin', name));
    for (const [name, text] of Object.entries(ETC)) writeFileSync(join(root, 'etc', name), text);
    for (const name of ['shadow', 'gshadow']) chmodSync(join(root, 'etc', name), 0o640);
    for (const name of ['inittab', 'mdev.conf']) copyFileSync(join(GUEST, name), join(root, 'etc', name));
    for (const name of ['rcS', 'agent', 'down']) {
      copyFileSync(join(GUEST, name), join(root, 'etc/init.d', name));
      chmodSync(join(root, 'etc/init.d', name), 0o755);
    }
    makeCard(path, root, CARD_MIB);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
