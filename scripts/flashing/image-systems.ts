import type { BuildPlatform } from '../build/targets.ts';
import { BoardError } from './board-error.ts';
import { Ext4 } from './ext4.ts';
import { Fat } from './fat.ts';
import type { Partition } from './partition-table.ts';

/** Names of file systems by what stands where in their first bytes. Offsets in bytes from the partition's start. */
const SIGNATURES: { name: string; at: number; hex: string }[] = [
  { name: 'ext4', at: 1080, hex: '53ef' },
  { name: 'LUKS (encrypted)', at: 0, hex: '4c554b53babe' },
  { name: 'XFS', at: 0, hex: '58465342' },
  { name: 'btrfs', at: 65_600, hex: '5f42485266535f4d' },
  { name: 'f2fs', at: 1024, hex: '1020f5f2' },
  { name: 'squashfs', at: 0, hex: '68737173' },
  { name: 'LVM', at: 536, hex: '4c564d3220303031' },
  { name: 'FAT', at: 54, hex: '46415431' },
  { name: 'FAT', at: 82, hex: '4641543332' },
];
/** Bytes of a partition that tell its file system. */
export const SIGNATURE_BYTES = 66_000;

/** The file system whose signature these first bytes of a partition have; undefined for none that is known. Pure. */
export function fileSystemOf(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return SIGNATURES.find(({ at, hex }) => bytes.toString('hex', at, at + hex.length / 2) === hex)?.name;
}

/** Ext2 and ext3 have the same signature as ext4; extents are what only ext4 has (feature bit 0x40). Pure. */
export const hasExtents = (head: Uint8Array): boolean => ((head[1024 + 96] ?? 0) & 0x40) !== 0;

/** UEFI and GPT's type of a root for arm64 and x86-64 (Discoverable Partitions Specification). */
const ROOT_TYPES = ['B921B045-1DF0-41C3-AF44-4C6F280D3FAE', '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'];

export interface Systems {
  root: Ext4;
  rootPartition: Partition;
  /** The partition that the firmware reads; absent when the image has none. */
  boot?: Fat;
}

/**
 * Finds the root and the boot partition of an image. `heads` are the first bytes of each partition.
 * @throws BoardError NOT_EXT4 when no ext4 partition holds a system
 */
export async function findSystems(
  partitions: readonly { partition: Partition; head: Uint8Array }[],
  place: { folder: string; image: string; signal?: AbortSignal | undefined },
): Promise<Systems> {
  const named = partitions.map((one) => ({ ...one, fileSystem: fileSystemOf(one.head) }));
  const candidates = named
    .filter(({ fileSystem }) => fileSystem === 'ext4')
    .toSorted(
      (a, b) => Number(ROOT_TYPES.includes(b.partition.type)) - Number(ROOT_TYPES.includes(a.partition.type)),
    );
  for (const { partition, head } of candidates) {
    const root = new Ext4({ ...place, offset: partition.offset });
    const [etc, usr, bin] = await Promise.all(['/etc', '/usr', '/bin'].map((path) => root.resolve(path)));
    if (etc?.node.kind !== 'folder' || (usr ?? bin)?.node.kind !== 'folder') continue;
    if (!hasExtents(head))
      throw new BoardError(
        'NOT_EXT4',
        `the root (partition ${partition.number}) is ext2 or ext3; ext4 is needed`,
      );
    const boot = await findBoot(named, place);
    return { root, rootPartition: partition, ...(boot === undefined ? {} : { boot }) };
  }
  const found = named.map(({ partition, fileSystem }) => `${partition.number}: ${fileSystem ?? 'unknown'}`);
  throw new BoardError(
    'NOT_EXT4',
    `no partition of the image is the ext4 root of a system (${found.join(', ')}); use an image with an ext4 root`,
  );
}

/** The first FAT with a config.txt, else the first one. */
async function findBoot(
  named: readonly { partition: Partition; fileSystem: string | undefined }[],
  place: { folder: string; image: string; signal?: AbortSignal | undefined },
): Promise<Fat | undefined> {
  const all = named
    .filter(({ fileSystem }) => fileSystem === 'FAT')
    .map(({ partition }) => new Fat({ ...place, offset: partition.offset }));
  for (const fat of all) if ((await fat.names()).has('config.txt')) return fat;
  return all[0];
}

/** Programs that every system has, by which its processor is known. */
const PROGRAMS = ['/usr/bin/dpkg', '/bin/busybox', '/bin/sh', '/usr/bin/env'];

const MACHINES: Record<number, string> = {
  3: '32-bit x86',
  40: '32-bit ARM',
  62: 'x86-64',
  183: '64-bit ARM',
  243: 'RISC-V',
};
export const WANTED_MACHINES: Record<BuildPlatform, string> = {
  'linux-arm64': '64-bit ARM',
  'linux-x64': 'x86-64',
};

/** The processor of an ELF file (System V ABI, e_machine); undefined when it is none. Pure. */
export function machineOf(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < 20 || bytes.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const number = bytes[5] === 2 ? bytes.readUInt16BE(18) : bytes.readUInt16LE(18);
  return MACHINES[number] ?? `of another kind (ELF machine ${number})`;
}

/** @throws BoardError WRONG_PLATFORM unless the system's own programs are for that platform */
export async function checkMachine(root: Ext4, platform: BuildPlatform): Promise<void> {
  for (const path of PROGRAMS) {
    const bytes = await root.read(path);
    const machine = bytes === undefined ? undefined : machineOf(bytes);
    if (machine === undefined) continue;
    if (machine === WANTED_MACHINES[platform]) return;
    const advice = machine.startsWith('32-bit')
      ? 'use the 64-bit image of that system'
      : 'use an image for that board';
    throw new BoardError(
      'WRONG_PLATFORM',
      `the image's system is ${machine} (${path}), and this agent is for ${WANTED_MACHINES[platform]}; ${advice}`,
    );
  }
  throw new BoardError(
    'WRONG_PLATFORM',
    `the image has no program that tells its processor (${PROGRAMS.join(', ')}); use an image of a whole system`,
  );
}
