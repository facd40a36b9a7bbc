import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { PLATFORMS, type Platform } from '@perch/broker-bridge/release.ts';

/** Bytes of a file that checkElf looks at. */
export const ELF_HEAD = 20;

// e_machine of the System V ABI and what else tells the platforms apart: 64 or 32 bits (EI_CLASS).
const MACHINES: Record<Platform, { machine: number; bits: 64 | 32 }> = {
  'linux-x64': { machine: 62, bits: 64 },
  'linux-arm64': { machine: 183, bits: 64 },
  'linux-armv7': { machine: 40, bits: 32 },
};

const NAMES: Record<number, string> = {
  3: 'x86 (32 bits)',
  40: 'armv7',
  62: 'x64',
  183: 'arm64',
  243: 'RISC-V',
};
const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

/**
 * Checks that these first bytes of a file are those of a Linux executable of the platform.
 * Throws PerchError WRONG_PLATFORM with what it is instead.
 */
export function checkElf(head: Buffer, platform: Platform, file: string): void {
  const fail = (what: string): never => {
    throw new PerchError(
      'WRONG_PLATFORM',
      `${file} ${what}; publish the executable that was built for ${platform}`,
    );
  };
  if (head.length < ELF_HEAD || !head.subarray(0, 4).equals(MAGIC)) fail('is not a Linux executable (ELF)');
  if (head[5] !== 1) fail('is a big-endian executable');
  const type = head.readUInt16LE(16);
  if (type !== 2 && type !== 3) fail('is an ELF file, but not an executable'); // ET_EXEC, ET_DYN
  const machine = head.readUInt16LE(18);
  const bits = head[4] === 2 ? 64 : 32;
  const wanted = MACHINES[platform];
  if (machine !== wanted.machine || bits !== wanted.bits)
    fail(`is for ${NAMES[machine] ?? `machine ${machine}`}, not for ${platform}`);
}

/** The platform that the first bytes of an executable are for. Throws PerchError WRONG_PLATFORM when it is none of ours. */
export function platformOf(head: Buffer, file: string): Platform {
  const isFor = (platform: Platform): boolean => {
    const { machine, bits } = MACHINES[platform];
    return head.length >= ELF_HEAD && head.readUInt16LE(18) === machine && (head[4] === 2 ? 64 : 32) === bits;
  };
  const platform = PLATFORMS.find(isFor) ?? PLATFORMS[0];
  checkElf(head, platform, file);
  return platform;
}
