import { createHash } from 'node:crypto';
import type { Root } from '@tufjs/models';
import { BadVersionError } from 'tuf-js/dist/error.js';
import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { PerchError } from '../protocol/errors.ts';
import type { MetadataFile } from './metadata-file.ts';
import { refusalOf } from './refusals.ts';
import { bufferOf } from './trusted-set.ts';

/**
 * Section 5.3: a root is trusted when the one before and itself agree to it with a threshold of signatures each, and its
 * version is the next. The first is trusted by its hash, and must have signed itself. Without `set` it is the first.
 * Throws PerchError.
 */
export function followRoot(
  set: TrustedMetadataStore | undefined,
  file: MetadataFile,
  rootSha256: Uint8Array,
): TrustedMetadataStore {
  try {
    if (set !== undefined) {
      set.updateRoot(bufferOf(file.bytes));
      return set;
    }
    if (!createHash('sha256').update(file.bytes).digest().equals(rootSha256))
      throw new PerchError(
        'BAD_SIGNATURE',
        `root ${file.version} is not the one that this board was enrolled with; enrol it again if the fleet began anew`,
      );
    return new TrustedMetadataStore(bufferOf(file.bytes));
  } catch (error) {
    if (error instanceof BadVersionError)
      throw new PerchError('MIXED_METADATA', `root ${file.version} does not follow the one before`);
    throw refusalOf(error, 'root');
  }
}

/**
 * Section 5.3.11: has a key of timestamp or snapshot been taken away? Whoever had it may have used up the versions (a
 * fast-forward attack). A key that is added, or another threshold, gives nobody cause to start again.
 */
export const losesOnlineKey = (before: Root, after: Root): boolean =>
  ['timestamp', 'snapshot'].some((role) => {
    const kept = publicKeys(after, role);
    return publicKeys(before, role).some((key) => !kept.includes(key));
  });

const publicKeys = (root: Root, role: string): (string | undefined)[] =>
  (root.roles[role]?.keyIDs ?? []).map((id) => root.keys[id]?.keyVal.public);
