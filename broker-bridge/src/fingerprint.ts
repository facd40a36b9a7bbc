import { createHash } from 'node:crypto';

/**
 * What two people compare to be sure that they speak of the same key: the first 16 hex digits of its SHA-256 in groups
 * of four, such as `3f2a-90bc-11d4-e07a`.
 */
export function fingerprint(key: Uint8Array): string {
  const digits = createHash('sha256').update(key).digest('hex').slice(0, 16);
  return digits.replace(/(.{4})(?=.)/g, '$1-');
}

/** The hex digits of a fingerprint, or of its beginning, as a person typed it; undefined when it is none. */
export function fingerprintDigits(text: string): string | undefined {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  return /^[0-9a-f]{1,64}$/.test(digits) ? digits : undefined;
}
