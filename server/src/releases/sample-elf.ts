import type { Platform } from '@perch/broker-bridge/release.ts';

const CODE_AT = 120; // behind the file header (64 bytes) and one program header (56)
const BASE = 0x400000;

/** write(1, text, length) and exit(0) in machine code, the text right behind it. */
function program(platform: Platform, text: Buffer): Buffer {
  if (platform === 'linux-x64') {
    const code = Buffer.from('b801000000bf01000000488d3510000000ba000000000f05b83c00000031ff0f05', 'hex');
    code.writeUInt32LE(text.length, 18);
    return Buffer.concat([code, text]);
  }
  const words = [
    0xd2800020, // mov x0, #1
    0x100000e1, // adr x1, text
    0xd2800002 + text.length * 32, // mov x2, #length
    0xd2800808, // mov x8, #64 (write)
    0xd4000001, // svc #0
    0xd2800000, // mov x0, #0
    0xd2800ba8, // mov x8, #93 (exit)
    0xd4000001, // svc #0
  ];
  const code = Buffer.alloc(4 * words.length);
  for (const [index, word] of words.entries()) code.writeUInt32LE(word, 4 * index);
  return Buffer.concat([code, text]);
}

/**
 * A real, tiny executable of the platform for tests, which prints its version (that of armv7 has no code). The rest of
 * `length` bytes is a pattern. The version stands in it in quotes, as in a bundle.
 */
export function elfOf(platform: Platform, length: number, version = '0.2.0'): Buffer {
  const bytes = Buffer.alloc(length, `not much of a program for ${platform}, v="${version}" `);
  const wide = platform !== 'linux-armv7';
  const code = wide ? program(platform, Buffer.from(`${version}\n`)) : Buffer.alloc(0);
  bytes.fill(0, 0, CODE_AT);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1, 0]);
  bytes.writeUInt16LE(2, 16); // ET_EXEC
  bytes.writeUInt16LE({ 'linux-x64': 62, 'linux-arm64': 183, 'linux-armv7': 40 }[platform], 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(BASE + CODE_AT), 24); // entry
  bytes.writeBigUInt64LE(64n, 32); // of the program header
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(1, 64); // PT_LOAD
  bytes.writeUInt32LE(5, 68); // read and execute
  bytes.writeBigUInt64LE(BigInt(BASE), 80);
  bytes.writeBigUInt64LE(BigInt(BASE), 88);
  bytes.writeBigUInt64LE(BigInt(CODE_AT + code.length), 96);
  bytes.writeBigUInt64LE(BigInt(CODE_AT + code.length), 104);
  bytes.writeBigUInt64LE(0x1000n, 112);
  code.copy(bytes, CODE_AT);
  return bytes;
}
