import type { KeyObject } from 'node:crypto';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import {
  type MetadataFile,
  ROLES,
  type Role,
  readMetadataFile,
} from '@perch/broker-bridge/update/metadata-file.ts';
import { type ReleaseTarget, writeReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import { metaOf, SPEC_VERSION, signMetadata, tufTime } from '@perch/broker-bridge/update/signing.ts';
import { type Key, MetaFile, Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { RELEASES_KEPT } from '../store/contract.ts';
import type { RoleKey } from './role-keys.ts';
import { isSignedBy, namedVersion, newestOf, releasesIn, rootOf } from './signed-files.ts';

const DAY_MS = 86_400_000;

/**
 * How long a file is good for, in ms. A timestamp that runs out tells a board that somebody keeps news from it, so two weeks
 * bound that, and a server may be off for a week. It alone is signed anew for that: a snapshot and what the owner signs
 * offline only have to outlive the owner's attention. A board may sleep for longer than any of them.
 */
export const LIVES: Record<Role, number> = {
  root: 365 * DAY_MS,
  targets: 365 * DAY_MS,
  snapshot: 90 * DAY_MS,
  timestamp: 14 * DAY_MS,
};

/** How long before the end of a file that only the owner can sign the log speaks of it, in ms. */
export const WARN_MS = 30 * DAY_MS;

const sign = (...args: Parameters<typeof signMetadata>): MetadataFile =>
  readMetadataFile(signMetadata(...args));

const until = (role: Role, now: number): string => tufTime(now + LIVES[role]);

/**
 * The version after this one: the time in seconds when that is higher. So a server that was restored from an old backup
 * is not behind what its boards have seen. Roots count one by one instead.
 */
const nextVersion = (previous: MetadataFile | undefined, now: number): number =>
  Math.max((previous?.version ?? 0) + 1, Math.floor(now / 1000));

export type PublicKeys = Record<Role, readonly Key[]>;

/** Root metadata that names these keys. `threshold` is how many of the root's own keys must sign; of the others it is one. */
function makeRoot(keys: PublicKeys, threshold: number, version: number, now: number): Root {
  const all = ROLES.flatMap((role) => keys[role]);
  return Root.fromJSON({
    spec_version: SPEC_VERSION,
    version,
    expires: until('root', now),
    consistent_snapshot: false,
    keys: Object.fromEntries(all.map((key) => [key.keyID, key.toJSON()])),
    roles: Object.fromEntries(
      ROLES.map((role) => [
        role,
        { keyids: keys[role].map((key) => key.keyID), threshold: role === 'root' ? threshold : 1 },
      ]),
    ),
  });
}

/** The public keys that a root names. */
export function keysIn(root: MetadataFile): PublicKeys {
  const { keys, roles } = rootOf(root).signed;
  const of = (role: Role): Key[] => roles[role]!.keyIDs.flatMap((id) => keys[id] ?? []);
  return { root: of('root'), timestamp: of('timestamp'), snapshot: of('snapshot'), targets: of('targets') };
}

export const thresholdIn = (root: MetadataFile): number => rootOf(root).signed.roles.root!.threshold;

/** Those of `keys` that a root gives this role to. */
export function holdersOf(root: MetadataFile, role: Role, keys: readonly RoleKey[]): KeyObject[] {
  const ids = new Set(rootOf(root).signed.roles[role]!.keyIDs);
  return keys.filter((key) => ids.has(key.public.keyID)).map((key) => key.privateKey);
}

/** Those of `keys` that no root has named yet. One that a root named once and the next did not may be a thief's, and never comes back. */
export function freshKeys(files: readonly MetadataFile[], keys: readonly RoleKey[]): RoleKey[] {
  const roots = files.filter(({ role }) => role === 'root');
  const ids = new Set(roots.flatMap((root) => Object.keys(rootOf(root).signed.keys)));
  return keys.filter((key) => !ids.has(key.public.keyID));
}

/**
 * The next root, with keys of roles exchanged, or with a new date alone. It is signed by those of `keys` that the root
 * before or the new one names; others may have to add theirs.
 */
export function nextRoot(
  previous: MetadataFile,
  changes: Partial<PublicKeys>,
  keys: readonly RoleKey[],
  now: number,
): MetadataFile {
  const named: PublicKeys = { ...keysIn(previous), ...changes };
  const root = makeRoot(named, thresholdIn(previous), previous.version + 1, now);
  const ids = new Set([...keysIn(previous).root, ...named.root].map((key) => key.keyID));
  return sign(
    root,
    keys.filter((key) => ids.has(key.public.keyID)).map((key) => key.privateKey),
  );
}

/** Root 1. */
export const firstRoot = (
  named: PublicKeys,
  threshold: number,
  keys: readonly RoleKey[],
  now: number,
): MetadataFile =>
  sign(
    makeRoot(named, threshold, 1, now),
    keys.filter(({ role }) => role === 'root').map((key) => key.privateKey),
  );

/** A root with the signatures of these keys added to those that it has. */
export function coSigned(root: MetadataFile, keys: readonly KeyObject[]): MetadataFile {
  const { signed, signatures } = rootOf(root);
  return sign(signed, keys, Object.values(signatures));
}

/** Targets that name these releases, of each platform the newest RELEASES_KEPT. Throws PerchError MALFORMED, TOO_LONG. */
export function nextTargets(
  previous: MetadataFile | undefined,
  releases: readonly Omit<ReleaseTarget, 'path'>[],
  keys: readonly KeyObject[],
  now: number,
): MetadataFile {
  const newer = (a: (typeof releases)[number]): number =>
    releases.filter((b) => b.platform === a.platform && b.sequence > a.sequence).length;
  const named = releases.filter((release) => newer(release) < RELEASES_KEPT).map(writeReleaseTarget);
  const targets = new Targets({
    specVersion: SPEC_VERSION,
    version: nextVersion(previous, now),
    expires: until('targets', now),
    targets: Object.fromEntries(named.map((target) => [target.path, target])),
  });
  return sign(targets, keys);
}

/** Is more than half of a file's life over? */
const isAging = (file: MetadataFile, now: number): boolean => file.expires - now < LIVES[file.role] / 2;

/**
 * What is signed anew must have been signed before, by the keys of this root or of an earlier one: else whoever writes into the
 * database would have the owner's signature for it. Throws PerchError BAD_SIGNATURE.
 */
function checkGenuine(files: readonly MetadataFile[], targets: MetadataFile | undefined): void {
  const roots = files.filter(({ role }) => role === 'root');
  if (targets === undefined || roots.some((root) => isSignedBy(root, targets))) return;
  throw new PerchError(
    'BAD_SIGNATURE',
    'the targets in the database are signed by no key of this fleet: somebody or something changed them; restore the data folder from a backup',
  );
}

/**
 * The files that follow from the current ones and from the keys that are here: those of which half the life is over, that name
 * an old file or are not signed by the keys that count now. Without the keys of a role nothing of it follows.
 */
export function followUps(
  current: readonly MetadataFile[],
  keys: readonly RoleKey[],
  now: number,
): MetadataFile[] {
  const files = [...current];
  const made: MetadataFile[] = [];
  const add = (file: MetadataFile): void => {
    files.push(file);
    made.push(file);
  };
  const old = newestOf(files, 'root');
  if (old === undefined) return [];
  if (isAging(old, now) && holdersOf(old, 'root', keys).length >= thresholdIn(old))
    add(nextRoot(old, {}, keys, now));
  const root = newestOf(files, 'root')!;
  const stale = (file: MetadataFile): boolean => isAging(file, now) || !isSignedBy(root, file);

  const targets = newestOf(files, 'targets');
  const targetKeys = holdersOf(root, 'targets', keys);
  if (targetKeys.length > 0 && (targets === undefined || stale(targets))) {
    checkGenuine(files, targets);
    add(nextTargets(targets, targets === undefined ? [] : releasesIn(targets), targetKeys, now));
  }

  for (const [role, below] of [
    ['snapshot', 'targets'],
    ['timestamp', 'snapshot'],
  ] as const) {
    const named = newestOf(files, below);
    const mine = newestOf(files, role);
    const holders = holdersOf(root, role, keys);
    if (named === undefined || holders.length === 0) break;
    if (mine !== undefined && namedVersion(mine) === named.version && !stale(mine)) continue;
    const meta = new MetaFile(metaOf(named.version, named.bytes));
    const common = { specVersion: SPEC_VERSION, version: nextVersion(mine, now), expires: until(role, now) };
    add(
      role === 'snapshot'
        ? sign(new Snapshot({ ...common, meta: { 'targets.json': meta } }), holders)
        : sign(new Timestamp({ ...common, snapshotMeta: meta }), holders),
    );
  }
  return made;
}
