import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { compilerOf } from '../build/compile-addon.ts';
import { BUILD_PLATFORMS, type BuildPlatform, hostTarget, targetOf } from '../build/targets.ts';
import { RIG_PACKAGES } from '../rig/programs.ts';

export type Needed = {
  program: string;
  debianPackage: string;
  /** What is not tested without it. */
  leavesOut: string;
};

/** Debian puts mosquitto and other servers into sbin, which is not on every user's PATH. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Path of a program on PATH or in Debian's sbin folders; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...SBIN];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** What the tests of flashing and installing take, by Debian package. */
const CARD_PACKAGES = {
  'mkfs.ext4': 'e2fsprogs',
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  mformat: 'mtools',
  xz: 'xz-utils',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  script: 'bsdutils',
  losetup: 'mount',
  debootstrap: 'debootstrap',
};

/** What the tests of the packages take, by Debian package. */
const PACKAGE_PACKAGES = {
  'dpkg-deb': 'dpkg',
  lintian: 'lintian',
  readelf: 'binutils',
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  useradd: 'passwd',
};

/** What the commands of the book take, by Debian package. */
const BOOK_PACKAGES = {
  ip: 'iproute2',
  curl: 'curl',
  sqlite3: 'sqlite3',
  rsync: 'rsync',
  unshare: 'util-linux',
  setsid: 'util-linux',
  mosquitto_passwd: 'mosquitto',
};

/** What the tests of the page take, by Debian package. */
const BROWSER_PACKAGES = { chromium: 'chromium' };

const from = (packages: Record<string, string>, leavesOut: string): Needed[] =>
  Object.entries(packages).map(([program, debianPackage]) => ({ program, debianPackage, leavesOut }));

/** Programs beside Node that the tests use, on this machine. */
export function neededPrograms(): Needed[] {
  const host = hostTarget();
  const compilers = BUILD_PLATFORMS.map((platform) => ({
    ...compilerOf(targetOf(platform)),
    leavesOut: `tests of the executable for ${platform}`,
  }));
  const emulators = BUILD_PLATFORMS.filter((platform) => platform !== host.platform).map((platform) => ({
    program: targetOf(platform).emulator,
    debianPackage: 'qemu-user-static',
    leavesOut: `tests that run the executable for ${platform}`,
  }));
  const broker = { program: 'mosquitto', debianPackage: 'mosquitto', leavesOut: 'tests against mosquitto' };
  const openssl = { program: 'openssl', debianPackage: 'openssl', leavesOut: 'tests with TLS' };
  const faketime = {
    program: 'faketime',
    debianPackage: 'faketime',
    leavesOut: 'the test with a wall clock that is really set',
  };
  const python = {
    program: 'python3',
    debianPackage: 'python3',
    leavesOut: 'the tests that hear what systemd is told',
  };
  const told = [
    { program: 'promtool', debianPackage: 'prometheus', leavesOut: 'the check of metrics by Prometheus' },
    { program: 'influxd', debianPackage: 'influxdb', leavesOut: 'tests against InfluxDB' },
  ];
  const shells = ['dash', 'busybox'].map((program) => ({
    program,
    debianPackage: program,
    leavesOut: `the launcher under ${program}`,
  }));
  const shellcheck = {
    program: 'shellcheck',
    debianPackage: 'shellcheck',
    leavesOut: 'the check of the launcher by shellcheck',
  };
  const browser = from(BROWSER_PACKAGES, 'the page in a browser');
  const book = from(BOOK_PACKAGES, 'the commands of the book');
  const completion = from({ bash: 'bash', fish: 'fish', zsh: 'zsh' }, 'completion by shells');
  const rig = from(RIG_PACKAGES, 'the emulated board');
  const cards = from(CARD_PACKAGES, 'flashing and installing');
  const packages = from(PACKAGE_PACKAGES, 'the packages');
  const all = [broker, openssl, faketime, python, ...told, ...shells, shellcheck, ...compilers, ...emulators];
  // What several need is told once.
  return [
    ...new Map(
      [...rig, ...cards, ...packages, ...browser, ...completion, ...book, ...all].map((one) => [
        one.program,
        one,
      ]),
    ).values(),
  ];
}

export const missingPrograms = (): Needed[] =>
  neededPrograms().filter(({ program }) => findProgram(program) === undefined);

/**
 * For the `skip` option of a test: why it cannot run here, or false when all the programs are there.
 * `npm test` names what was left out, and counts a missing program as a failure in CI.
 */
export function lacking(...programs: string[]): string | false {
  const absent = programs.filter((program) => findProgram(program) === undefined);
  return absent.length === 0 ? false : `needs ${absent.join(' and ')}`;
}

/** Like `lacking`, for all that building and running a platform's executable takes. */
export function lackingFor(platform: BuildPlatform): string | false {
  const target = targetOf(platform);
  const programs = [compilerOf(target).program];
  if (hostTarget().platform !== platform) programs.push(target.emulator);
  return lacking(...programs);
}

/** Command that runs an executable of a platform here: itself, or under qemu's user emulation. */
export function commandFor(
  platform: BuildPlatform,
  executable: string,
): [program: string, ...args: string[]] {
  const target = targetOf(platform);
  if (hostTarget().platform === platform) return [executable];
  return [findProgram(target.emulator) ?? target.emulator, '-L', `/usr/${target.triplet}`, executable];
}
