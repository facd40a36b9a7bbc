import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../test/programs.ts';

/** Size of the image, of which the temp folder holds only what was written. */
const IMAGE_BYTES = 256 * 1024 * 1024;
/** The unit of /sys/block/DEVICE/stat (Linux, Documentation/block/stat.rst), whatever the device's own is. */
const SECTOR = 512;
/** Blocks, inodes and journal as mke2fs makes them for an SD card; nothing is left for the kernel to initialise later. */
const MAKE = '-q -F -b 4096 -I 256 -J size=64 -E lazy_itable_init=0,nodiscard'.split(' ');
/**
 * In a mount namespace of its own, so that the file system goes with the process, however that ends; the image has no name
 * any more once it is mounted. noatime as Raspberry Pi OS has it.
 */
const ENTER = 'mount -t ext4 -o loop,noatime "$1" "$2" && rm "$1" && shift 2 && exec "$@"';

/** A disk whose real writes can be told. */
export interface CountedDisk {
  /** Bytes that it was given so far. */
  written(): number;
  /** What the kernel does by itself within 5 s: it commits the file system's journal (ext4(5), commit=). */
  commit(): void;
  /** What it does within 30 s: it writes back all that is dirty (vm.dirty_expire_centisecs). */
  writeBack(): void;
}

/** A fresh ext4 for one program. `words` go before that program, which sees it at `folder`. */
export function loopDisk(root: string): { folder: string; words: string[] } {
  const folder = join(root, 'disk');
  const image = join(root, 'disk.img');
  mkdirSync(folder, { recursive: true });
  execFileSync('truncate', ['--size', String(IMAGE_BYTES), image]);
  execFileSync(findProgram('mkfs.ext4') ?? 'mkfs.ext4', [...MAKE, image], { stdio: 'pipe' });
  return { folder, words: ['unshare', '--mount', 'sh', '-c', ENTER, 'sh', image, folder] };
}

/** Why this machine gives no such disk; undefined when it does. */
export function whyNoLoopDisk(root: string): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root';
  try {
    const [program, ...args] = loopDisk(root).words;
    const { status, stderr, error } = spawnSync(program!, [...args, 'true'], {
      timeout: 20_000,
      encoding: 'utf8',
    });
    if (status === 0) return undefined;
    return (error?.message ?? stderr).trim().split('\n')[0] || 'no loop device can be mounted';
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}

/** The disk of this program, which runs behind the words of `loopDisk`. @throws Error when nothing is mounted there */
export function enteredLoopDisk(folder: string): CountedDisk {
  const mount = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find((fields) => fields[1] === folder);
  const device = /^\/dev\/(loop\d+)$/.exec(mount?.[0] ?? '')?.[1];
  if (device === undefined) throw new Error(`no loop device is mounted at ${folder}`);
  const commits = new JournalCommits(folder);
  return {
    written: () => {
      const fields = readFileSync(`/sys/block/${device}/stat`, 'utf8').trim().split(/\s+/);
      return Number(fields[6]) * SECTOR;
    },
    commit: () => commits.run(),
    writeBack: () => void execFileSync('sync', ['--file-system', folder]),
  };
}

/** What this process dirtied in the page cache (proc(5), write_bytes of /proc/PID/io): without journal and metadata. */
export const ownWrites: CountedDisk = {
  written: () => Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]),
  commit: () => {},
  writeBack: () => {},
};

/**
 * Commits of the file system's journal that nobody asked for: time stamps of a file that was written and synced by
 * fdatasync, a removed name. fsync of the inode commits the transaction that it is part of, and writes nothing else,
 * since what programs here write they sync themselves; save what SQLite maps from its -shm file, which stays out.
 */
class JournalCommits {
  readonly #folder: string;
  readonly #seen = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  run(): void {
    const entries = readdirSync(this.#folder, { recursive: true, withFileTypes: true });
    const paths = entries.map((entry) => join(entry.parentPath, entry.name));
    for (const path of [this.#folder, ...paths].filter((one) => !one.endsWith('-shm'))) {
      const { ctimeMs, ino } = statSync(path);
      const state = `${ctimeMs} ${ino}`;
      if (this.#seen.get(path) === state) continue;
      this.#seen.set(path, state);
      const fd = openSync(path, 'r');
      fsyncSync(fd);
      closeSync(fd);
    }
  }
}
