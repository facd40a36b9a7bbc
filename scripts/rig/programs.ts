import { readFileSync } from 'node:fs';
import { compilerOf } from '../build/compile-addon.ts';
import { targetOf } from '../build/targets.ts';

/** What the emulated board takes, by Debian package. */
export const RIG_PACKAGES: Record<string, string> = {
  'qemu-system-aarch64': 'qemu-system-arm',
  'dpkg-deb': 'dpkg',
  cpio: 'cpio',
  sfdisk: 'fdisk',
  'mkfs.ext4': 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  debugfs: 'e2fsprogs',
  mformat: 'mtools',
  mcopy: 'mtools',
  mosquitto: 'mosquitto',
  [compilerOf(targetOf('linux-arm64')).program]: compilerOf(targetOf('linux-arm64')).debianPackage,
};

export const RIG_PROGRAMS = Object.keys(RIG_PACKAGES);

/** Why the emulated board cannot be made here whatever is installed, or false: its parts are Debian's packages. */
export function foreignSystem(): string | false {
  let release = '';
  try {
    release = readFileSync('/etc/os-release', 'utf8');
  } catch {
    // No Debian has none.
  }
  return /^ID=debian$/m.test(release) ? false : 'the emulated board is made on Debian only';
}
