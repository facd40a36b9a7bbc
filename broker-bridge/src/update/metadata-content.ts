import {
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import type { MetadataFile, MetadataVersions, Role } from './metadata-file.ts';

interface Contents {
  root: Root;
  timestamp: Timestamp;
  snapshot: Snapshot;
  targets: Targets;
}

const KINDS = {
  root: MetadataKind.Root,
  timestamp: MetadataKind.Timestamp,
  snapshot: MetadataKind.Snapshot,
  targets: MetadataKind.Targets,
} as const;

const jsonOf = (file: MetadataFile) => JSON.parse(Buffer.from(file.bytes).toString('utf8'));

/** The models' form of a file of this role, with its signatures. Throws what the models throw. */
export const contentOf = <R extends Role>(role: R, file: MetadataFile): Metadata<Contents[R]> =>
  // One overload each for what is one function.
  Metadata.fromJSON(KINDS[role] as MetadataKind.Root, jsonOf(file)) as unknown as Metadata<Contents[R]>;

/** Has the threshold of keys that a root gives to the file's role signed it? */
export function isSignedBy(root: Metadata<Root>, file: MetadataFile): boolean {
  try {
    root.verifyDelegate(file.role, contentOf(file.role, file) as Metadata<Root>);
    return true;
  } catch {
    return false;
  }
}

/** The versions that a file tells of: its own, and that of the file which a timestamp or a snapshot names. */
export function versionsIn(file: MetadataFile): Partial<MetadataVersions> {
  const { role, version } = file;
  const { meta } = jsonOf(file).signed;
  if (role === 'timestamp') return { timestamp: version, snapshot: meta['snapshot.json'].version };
  if (role === 'snapshot') return { snapshot: version, targets: meta['targets.json'].version };
  return { [role]: version };
}
