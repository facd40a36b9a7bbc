import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { withFileLock } from '../build/file-lock.mjs';
import { lastLines, runCommand } from '../build/run-command.ts';
import { findProgram, lacking } from '../test/programs.ts';
import { boardParts, RIG_CACHE } from './board.ts';
import { makeCard, ROOT_AT } from './card.ts';
import { DebianPackages } from './debs.ts';
import { debianKernel, type Kernel, readModuleList } from './kernel.ts';
import { Machine } from './machine.ts';
import { foreignSystem, RIG_PROGRAMS } from './programs.ts';

const HERE = import.meta.dirname;
const SECOND_STAGE = join(HERE, 'debian/second-stage');
/** MiB of the card: Debian, the executable three times over the air and once as a package, and records. */
const CARD_MIB = 1400;
/** Beside what debootstrap's minbase has: what a board's Debian has at the least. */
const INCLUDED = [
  ...['systemd', 'systemd-sysv', 'systemd-timesyncd', 'udev', 'dbus', 'kmod'],
  ...['e2fsprogs', 'iproute2', 'procps', 'libstdc++6', 'passwd'],
];
/** What systemd loads at its start, beside the drivers. */
const SYSTEMD_MODULES = ['autofs4'];
const LOCK_WAIT = 45 * 60_000;
const FIRST_STAGE_TIMEOUT = 10 * 60_000;
/** The emulated processor sets up each package. */
const SECOND_STAGE_TIMEOUT = 30 * 60_000;
const QUERY_TIMEOUT = 60_000;
const CHECK_TIMEOUT = 120_000;
/** Packages between two lines of progress. */
const PROGRESS_STEP = 20;

/** For the `skip` option of a test: why there can be no Debian card here, or false. */
export const lackingDebian = (): string | false =>
  foreignSystem() ||
  (process.getuid?.() !== 0 ? 'needs root, for debootstrap' : lacking('debootstrap', ...RIG_PROGRAMS));

interface Archive {
  suite: string;
  /** Undefined: debootstrap's own. */
  mirror: string | undefined;
}

/** The Debian that this machine is, from where it gets its packages. */
async function archive(): Promise<Archive> {
  const release = readFileSync('/etc/os-release', 'utf8');
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? 'stable';
  const targets = await runCommand(
    'apt-get',
    ['indextargets', '--format', '$(RELEASE) $(COMPONENT) $(REPO_URI)', 'Created-By: Packages'],
    { timeout: QUERY_TIMEOUT },
  );
  const found = targets.output.split('\n').find((line) => line.startsWith(`${suite} main http`));
  return { suite, mirror: found?.split(' ')[2] };
}

/** By what the card is made of: a change makes it anew. */
function cardName(kernel: Kernel, { suite }: Archive): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([kernel.release, suite, INCLUDED, SYSTEMD_MODULES, CARD_MIB]));
  for (const path of [SECOND_STAGE, join(HERE, 'card.ts')]) hash.update(readFileSync(path));
  return `debian-${hash.digest('hex').slice(0, 16)}.img`;
}

/** Unpacks Debian's packages into `root`, for the board to set up. */
async function firstStage(root: string, { suite, mirror }: Archive): Promise<void> {
  const words = ['--arch=arm64', '--foreign', '--variant=minbase', `--include=${INCLUDED.join(',')}`];
  const result = await runCommand('debootstrap', [...words, suite, root, ...(mirror ? [mirror] : [])], {
    timeout: FIRST_STAGE_TIMEOUT,
  });
  if (result.status !== 0) throw new Error(`debootstrap failed:\n${lastLines(result.output)}`);
}

/** The drivers, which the board's first file system loads before, as files too: what asks for one finds it. */
function putModules(root: string, { release, modules }: Kernel): void {
  const above = `/${release}/`;
  const from = modules[0]!.slice(0, modules[0]!.indexOf(above) + above.length);
  const to = join(root, 'usr/lib/modules', release);
  const lists = readdirSync(from).filter((name) => name.startsWith('modules.'));
  for (const path of [...lists, ...modules.map((module) => relative(from, module))]) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(join(from, path), join(to, path));
  }
}

async function secondStage(card: string, progress: (message: string) => void): Promise<void> {
  const parts = await boardParts(progress);
  let set = 0;
  const machine = new Machine({
    ...parts,
    card,
    init: '/second-stage',
    onConsole: (text) => {
      for (const _ of text.matchAll(/I: Configuring /g))
        if (++set % PROGRESS_STEP === 0) progress(`the emulated board has set up ${set} packages of Debian`);
    },
  });
  try {
    await machine.start();
    await machine.says('rig: Debian is made', SECOND_STAGE_TIMEOUT);
    await machine.off();
  } finally {
    await machine.close();
  }
}

/**
 * Does what unmounting would have done: a card that a person gets has a clean file system. On a copy of the partition, as e2fsck
 * forgets the offset of its file system once it has played a journal back.
 */
async function cleanUp(card: string): Promise<void> {
  const part = `${card}.part`;
  const run = async (fine: readonly number[], program: string, ...args: string[]): Promise<void> => {
    const { status, output } = await runCommand(findProgram(program) ?? program, args, {
      timeout: CHECK_TIMEOUT,
    });
    if (status === null || !fine.includes(status))
      throw new Error(`${program} could not put the card's file system right:\n${lastLines(output)}`);
  };
  try {
    await run([0], 'dd', `if=${card}`, `of=${part}`, 'bs=1M', `skip=${ROOT_AT}`, 'conv=sparse');
    await run([0, 1], 'e2fsck', '-f', '-y', part); // 1: something was put right
    await run([0], 'dd', `if=${part}`, `of=${card}`, 'bs=1M', `seek=${ROOT_AT}`, 'conv=notrunc');
  } finally {
    rmSync(part, { force: true });
  }
}

/**
 * Image of a card with a Debian for arm64 as a person would flash it: systemd, a network, dpkg's database, and nothing of
 * Perch. Made once, and kept in node_modules/.cache; not to be written to. Needs root.
 */
export async function debianCard(progress: (message: string) => void = () => {}): Promise<string> {
  await boardParts(progress);
  return withFileLock(join(RIG_CACHE, 'debian.lock'), { wait: LOCK_WAIT }, async () => {
    const from = await archive();
    const packages = new DebianPackages(join(RIG_CACHE, 'debian'), 'arm64');
    const drivers = readModuleList(join(HERE, 'guest/modules'));
    const kernel = await debianKernel(packages, RIG_CACHE, [...drivers, ...SYSTEMD_MODULES], () => {});
    const card = join(RIG_CACHE, cardName(kernel, from));
    if (existsSync(card)) return card;
    for (const old of readdirSync(RIG_CACHE).filter((name) => /^debian-.*(\.img|\.root)/.test(name)))
      rmSync(join(RIG_CACHE, old), { recursive: true, force: true });
    const root = `${card}.root`;
    const work = `${card}.new`;
    try {
      progress(`fetching Debian ${from.suite} for arm64`);
      await firstStage(root, from);
      putModules(root, kernel);
      copyFileSync(SECOND_STAGE, join(root, 'second-stage'));
      chmodSync(join(root, 'second-stage'), 0o755);
      makeCard(work, root, CARD_MIB);
      rmSync(root, { recursive: true, force: true });
      progress('setting Debian up on the emulated board, which takes some minutes');
      await secondStage(work, progress);
      await cleanUp(work);
      renameSync(work, card);
    } finally {
      rmSync(root, { recursive: true, force: true });
      rmSync(work, { force: true });
    }
    return card;
  });
}
