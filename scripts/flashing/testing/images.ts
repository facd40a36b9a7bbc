import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { findProgram } from '../../test/programs.ts';

const MB = 1024 * 1024;
const SECTOR = 512;

/** A file of a root that is made: text, bytes, a link (`-> target`), or undefined for a folder. */
export type Tree = Record<string, string | Buffer | undefined>;

export const ELF_MACHINES = { arm64: 183, arm: 40, x64: 62 } as const;

/** The head of an ELF file for a processor, and nothing after it. */
export function elf(machine: keyof typeof ELF_MACHINES): Buffer {
  const head = Buffer.alloc(64);
  head.write('\x7fELF', 'latin1');
  head[4] = machine === 'arm' ? 1 : 2;
  head[5] = 1;
  head.writeUInt16LE(ELF_MACHINES[machine], 18);
  return head;
}

const PASSWD = 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n';
const GROUP = 'root:x:0:\ndialout:x:20:pi\ni2c:x:998:pi\npi:x:1000:\n';

/** A Debian with systemd and dpkg, as small as it can be and still be taken for one. */
export const debianRoot = (machine: keyof typeof ELF_MACHINES = 'arm64'): Tree => ({
  '/bin': '-> usr/bin',
  '/sbin': '-> usr/sbin',
  '/lib': '-> usr/lib',
  '/usr/bin/dpkg': elf(machine),
  '/usr/lib/systemd/systemd': elf(machine),
  '/usr/lib/systemd/system/ssh.service': '[Unit]\n',
  '/usr/sbin/sshd': elf(machine),
  '/usr/sbin/NetworkManager': elf(machine),
  '/etc/hostname': 'debian\n',
  '/etc/hosts': '127.0.0.1\tlocalhost\n127.0.1.1\tdebian\n',
  '/etc/passwd': PASSWD,
  '/etc/group': GROUP,
  '/etc/shadow': 'root:*:20000:0:99999:7:::\n',
  '/etc/gshadow': 'root:*::\ndialout:!::pi\n',
  '/etc/systemd/system': undefined,
  '/root': undefined,
  '/var/lib/dpkg/status':
    'Package: libc6\nStatus: install ok installed\nArchitecture: arm64\nVersion: 2.41\n\n',
  '/var/lib/dpkg/info/libc6.list': '/.\n',
  '/var/lib/systemd/deb-systemd-helper-enabled': undefined,
});

/** A root with busybox alone. */
export const busyboxRoot = (): Tree => ({
  '/bin/busybox': elf('arm64'),
  '/bin/sh': '-> busybox',
  '/etc/inittab': '::sysinit:/etc/rc\n',
  '/usr': undefined,
});

export const raspberryPiBoot = (): Record<string, string> => ({
  'config.txt':
    '# Some settings\n#dtparam=i2c_arm=on\ndtoverlay=vc4-kms-v3d\n\n[cm5]\ndtoverlay=dwc2,dr_mode=host\n\n[all]\n',
  'cmdline.txt':
    'console=serial0,115200 console=tty1 root=PARTUUID=1234-02 rootwait init=/usr/lib/raspberrypi-sys-mods/firstboot\n',
});

export interface ImageOptions {
  /** Path of the image to make. */
  path: string;
  tree: Tree;
  /** Files of the boot partition; undefined: there is none. */
  boot?: Record<string, string> | undefined;
  scheme?: 'mbr' | 'gpt';
  /** In MB. */
  rootSize?: number;
  /** Options of mkfs.ext4 beside. */
  mkfs?: string[];
}

/** Sectors of 2048 bytes' alignment: boot at 1 MB, root behind it. */
const BOOT = { offset: MB, length: 8 * MB };

/** Where the root of a made image begins, in bytes. */
export const rootOffset = ({ boot }: Pick<ImageOptions, 'boot'>): number =>
  boot === undefined ? MB : BOOT.offset + BOOT.length;

const tool = (name: string): string => findProgram(name) ?? name;
const run = (program: string, args: string[], env: NodeJS.ProcessEnv = {}): void =>
  void execFileSync(tool(program), args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });

export function layTree(folder: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if (content === undefined) mkdirSync(target, { recursive: true });
    else if (typeof content === 'string' && content.startsWith('-> ')) symlinkSync(content.slice(3), target);
    else {
      writeFileSync(target, content);
      if (Buffer.isBuffer(content)) chmodSync(target, 0o755);
    }
  }
}

/** An ext4 with what is in a folder, at its place in a new file. */
function placeRoot(options: {
  path: string;
  folder: string;
  rootSize: number;
  mkfs: string[];
  offset: number;
}): { offset: number; length: number } {
  const { path, folder, rootSize, mkfs, offset } = options;
  const length = rootSize * MB;
  writeFileSync(path, '');
  truncateSync(path, offset + length + MB);
  const extended = `offset=${offset},root_owner=0:0`;
  run('mkfs.ext4', ['-q', '-F', '-d', folder, '-E', extended, ...mkfs, path, `${length / 1024}k`]);
  return { offset, length };
}

/** Makes an image with a single partition, out of a folder that has a whole system in it. */
export function imageOfFolder(options: { path: string; folder: string; rootSize: number }): {
  path: string;
  offset: number;
} {
  const { path } = options;
  const { offset, length } = placeRoot({ ...options, mkfs: [], offset: MB });
  const file = openSync(path, 'r+');
  writeSync(file, mbr([{ offset, length, type: 0x83, guid: '' }]), 0, SECTOR, 0);
  closeSync(file);
  return { path, offset };
}

/** Makes an image of a disk with a real FAT and a real ext4 in it, without root. */
export function makeImage(options: ImageOptions): string {
  const { path, tree, boot, scheme = 'mbr', rootSize = 24, mkfs = [] } = options;
  const folder = `${path}.tree`;
  mkdirSync(folder, { recursive: true });
  layTree(folder, tree);
  const { offset, length } = placeRoot({ path, folder, rootSize, mkfs, offset: rootOffset(options) });
  rmSync(folder, { recursive: true });
  const parts = [{ offset, length, type: 0x83, guid: 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE' }];
  if (boot !== undefined) {
    const device = `${path}@@${BOOT.offset}`;
    run('mformat', ['-i', device, '-T', String(BOOT.length / SECTOR), '-h', '16', '-s', '32', '::'], {
      MTOOLS_SKIP_CHECK: '1',
    });
    for (const [name, text] of Object.entries(boot)) {
      writeFileSync(`${path}.boot`, text);
      run('mcopy', ['-i', device, `${path}.boot`, `::${name}`]);
    }
    rmSync(`${path}.boot`, { force: true });
    parts.unshift({ ...BOOT, type: 0x0c, guid: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B' });
  }
  const file = openSync(path, 'r+');
  const table = scheme === 'mbr' ? mbr(parts) : gpt(parts, readFileSync(path).length);
  writeSync(file, table, 0, table.length, 0);
  closeSync(file);
  return path;
}

type Part = { offset: number; length: number; type: number; guid: string };

export function mbr(parts: Part[]): Buffer {
  const sector = Buffer.alloc(SECTOR);
  for (const [index, { offset, length, type }] of parts.entries()) {
    const at = 446 + 16 * index;
    sector[at + 4] = type;
    sector.writeUInt32LE(offset / SECTOR, at + 8);
    sector.writeUInt32LE(length / SECTOR, at + 12);
  }
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

export function gpt(parts: Part[], size: number): Buffer {
  const table = Buffer.alloc(2 * SECTOR + 128 * 128);
  mbr([{ offset: SECTOR, length: size - SECTOR, type: 0xee, guid: '' }]).copy(table);
  const entries = table.subarray(2 * SECTOR);
  for (const [index, { offset, length, guid }] of parts.entries()) {
    const entry = entries.subarray(128 * index, 128 * (index + 1));
    const [a, b, c, d, e] = guid.split('-').map((part) => Buffer.from(part, 'hex'));
    Buffer.concat([a!.reverse(), b!.reverse(), c!.reverse(), d!, e!]).copy(entry);
    entry[16] = index + 1;
    entry.writeBigUInt64LE(BigInt(offset / SECTOR), 32);
    entry.writeBigUInt64LE(BigInt((offset + length) / SECTOR - 1), 40);
  }
  const header = table.subarray(SECTOR, 2 * SECTOR);
  header.write('EFI PART', 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
  return table;
}

/** What debugfs and mtools say of a finished image, past the code that wrote it. */
export class ImageReader {
  readonly #image: string;
  readonly #offset: number;
  constructor(image: string, options: Pick<ImageOptions, 'boot'>) {
    this.#image = image;
    this.#offset = rootOffset(options);
  }

  #debugfs(command: string, encoding: BufferEncoding = 'utf8'): string {
    return execFileSync(tool('debugfs'), ['-R', command, `${this.#image}?offset=${this.#offset}`], {
      encoding,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  /** Text of a file of the root; empty when there is none. */
  cat(path: string, encoding?: BufferEncoding): string {
    return this.#debugfs(`cat ${path}`, encoding);
  }

  /** `0600 999:999`, or `-> target` for a link; undefined when there is nothing. */
  owner(path: string): string | undefined {
    const text = this.#debugfs(`stat ${path}`);
    const target = /Fast link dest: "(.*)"/.exec(text)?.[1];
    if (target !== undefined) return `-> ${target}`;
    const mode = /Mode: +(\d+)/.exec(text)?.[1];
    const [, user, group] = /User: +(\d+) +Group: +(\d+)/.exec(text) ?? [];
    return mode === undefined ? undefined : `${mode} ${user}:${group}`;
  }

  /** Copies all of the root into a folder. */
  dump(folder: string): void {
    this.#debugfs(`rdump / ${folder}`);
  }

  boot(name: string): string {
    return execFileSync(tool('mcopy'), ['-i', `${this.#image}@@${BOOT.offset}`, `::${name}`, '-'], {
      encoding: 'utf8',
    });
  }

  /** Makes a change in the root, as a board that ran would have. */
  change(commands: string[]): void {
    execFileSync(tool('debugfs'), ['-w', '-f', '-', `${this.#image}?offset=${this.#offset}`], {
      input: commands.join('\n'),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }
}
