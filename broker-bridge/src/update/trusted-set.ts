import { EqualVersionError } from 'tuf-js/dist/error.js';
import type { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import type { MetadataFile } from './metadata-file.ts';
import { refusalOf } from './refusals.ts';

/** The same bytes in the form that tuf-js takes. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The set takes the time when it is made, from a clock that a board may not have. */
export function setTime(set: TrustedMetadataStore, time: Date): void {
  (set as unknown as { referenceTime: Date }).referenceTime = time;
}

/** False when it is of the version that is trusted already: then the trusted one stays (section 5.4.3.1). Throws PerchError. */
export function takesTimestamp(set: TrustedMetadataStore, given: MetadataFile): boolean {
  try {
    set.updateTimestamp(bufferOf(given.bytes));
    return true;
  } catch (error) {
    if (error instanceof EqualVersionError) return false;
    throw refusalOf(error, 'timestamp');
  }
}
