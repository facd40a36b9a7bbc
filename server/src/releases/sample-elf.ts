import type { Platform } from '@perch/broker-bridge/release.ts';

/** Bytes that begin as an executable of the platform does, for tests; the rest is a pattern that compresses well. */
export function elfOf(platform: Platform, length: number): Buffer {
  const bytes = Buffer.alloc(length, `not a real program for ${platform} `);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, platform === 'linux-armv7' ? 1 : 2, 1, 1, 0]);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE({ 'linux-x64': 62, 'linux-arm64': 183, 'linux-armv7': 40 }[platform], 18);
  return bytes;
}
