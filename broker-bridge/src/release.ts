import { createHash } from 'node:crypto';

/** Platforms that executables are made for: `<os>-<cpu>` in Node's words. armv7 has its place and is not exercised. */
export const PLATFORMS = ['linux-x64', 'linux-arm64', 'linux-armv7'] as const;
export type Platform = (typeof PLATFORMS)[number];

export { EXECUTABLE_LIMIT } from './protocol/limits.ts';

const VERSION = /^[0-9]{1,5}\.[0-9]{1,5}\.[0-9]{1,5}(-[0-9A-Za-z.-]{1,32})?$/;

/** True for a version such as 0.2.0 or 1.0.0-rc.1 (semver.org without build metadata). */
export const isVersion = (text: string): boolean => VERSION.test(text);

/** SHA-256 of bytes as 64 hex digits. */
export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
