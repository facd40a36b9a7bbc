import { createHash } from 'node:crypto';
import {
  contentOf,
  isSignedBy as hasSigned,
  versionsIn,
} from '@perch/broker-bridge/update/metadata-content.ts';
import type { MetadataFile, Role } from '@perch/broker-bridge/update/metadata-file.ts';
import { type ReleaseTarget, readReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import type { Metadata, Root } from '@tufjs/models';

export const rootOf = (file: MetadataFile): Metadata<Root> => contentOf('root', file);

/** The releases that a targets file names, the newest first within a platform. Throws PerchError MALFORMED for any other target. */
export const releasesIn = (file: MetadataFile): ReleaseTarget[] =>
  Object.values(contentOf('targets', file).signed.targets)
    .map(readReleaseTarget)
    .sort((a, b) => (a.platform < b.platform ? -1 : a.platform > b.platform ? 1 : b.sequence - a.sequence));

/** The version of the file that a timestamp or a snapshot names. */
export const namedVersion = (file: MetadataFile): number | undefined =>
  versionsIn(file)[file.role === 'timestamp' ? 'snapshot' : 'targets'];

/** Has the root's threshold of keys of its role signed this file? */
export const isSignedBy = (root: MetadataFile, file: MetadataFile): boolean => hasSigned(rootOf(root), file);

export const newestOf = (files: readonly MetadataFile[], role: Role): MetadataFile | undefined =>
  files
    .filter((file) => file.role === role)
    .reduce<MetadataFile | undefined>((a, b) => (a && a.version > b.version ? a : b), undefined);

/** What a board pins in its enrolment: SHA-256 of root 1, 32 bytes. Undefined while there is no root. */
export function pinnedHash(files: readonly MetadataFile[]): Uint8Array | undefined {
  const first = files.find(({ role, version }) => role === 'root' && version === 1);
  return first && createHash('sha256').update(first.bytes).digest();
}
