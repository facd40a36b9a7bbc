import { readFile } from 'node:fs/promises';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { MetadataFile, Role } from '@perch/broker-bridge/update/metadata-file.ts';
import { tufKeyOf } from '@perch/broker-bridge/update/signing.ts';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Key } from '@tufjs/models';
import { coSigned, firstRoot, holdersOf, keysIn, nextRoot, nextTargets, thresholdIn } from './authority.ts';
import { newestRoot, readSigned, rootPath, targetsPath, writeSigned } from './file-io.ts';
import { makeRoleKey, type RoleKey, readRoleKeys } from './role-keys.ts';
import { isSignedBy, rootOf } from './signed-files.ts';

// What the owner does on a machine of its own, which has no server, no data folder and need not have a network.

const PublicKey = Type.String({ pattern: '^[0-9a-f]{64}$' });
/** What `keys show --json` on the server tells of the keys that it signs with; other members of it do not matter here. */
const OnlineFile = Type.Object({ online: Type.Object({ snapshot: PublicKey, timestamp: PublicKey }) });
type OnlineKeys = Static<typeof OnlineFile>['online'];

/** Longest file of online keys, in bytes. */
const ONLINE_LIMIT = 256 * 1024;
/** Most root keys: a root that exchanges them all has the signatures of twice as many, and must stay within its limit. */
export const ROOT_KEYS_LIMIT = 8;

/** Reads the server's public keys from a file. Throws PerchError MALFORMED. */
export async function readOnlineKeys(path: string): Promise<OnlineKeys> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new PerchError('MALFORMED', `cannot read ${path} (${error.code})`);
  });
  try {
    const value: unknown = text.length > ONLINE_LIMIT ? undefined : JSON.parse(text);
    if (Value.Check(OnlineFile, value)) return value.online;
  } catch {
    // told below
  }
  throw new PerchError(
    'MALFORMED',
    `${path} does not hold the server's keys; make it there: perch-server keys show --json > online.json`,
  );
}

/** Does a root have the signatures that it needs? */
const isComplete = (previous: MetadataFile | undefined, root: MetadataFile): boolean =>
  isSignedBy(root, root) && (previous === undefined || isSignedBy(previous, root));

/** Makes root and targets keys, root 1 and targets without a release in `folder`. Rejects when there is a root already. */
export async function initOffline(input: {
  folder: string;
  online: OnlineKeys;
  rootKeys: number;
  threshold: number;
  now: number;
}): Promise<{ root: MetadataFile; keys: RoleKey[] }> {
  const { folder, online, rootKeys, threshold, now } = input;
  if ((await readRoleKeys(folder)).length > 0)
    throw new PerchError('OLD_METADATA', `there are keys in ${folder} already; choose an empty folder`);
  const keys: RoleKey[] = [];
  for (let made = 0; made < rootKeys; made += 1) keys.push(await makeRoleKey(folder, 'root'));
  const targets = await makeRoleKey(folder, 'targets');
  const named = {
    root: keys.map((key) => key.public),
    targets: [targets.public],
    snapshot: [tufKeyOf(online.snapshot)],
    timestamp: [tufKeyOf(online.timestamp)],
  };
  const root = firstRoot(named, threshold, keys, now);
  await writeSigned(targetsPath(folder), nextTargets(undefined, [], [targets.privateKey], now));
  await writeSigned(rootPath(folder, 1), root);
  return { root, keys: [...keys, targets] };
}

/**
 * Writes the next root: with new keys in the place of all those of a role, with other online keys, or with a new date alone. Resolves with whether it has all signatures; other holders of root keys add theirs with signOffline.
 */
export async function rotateOffline(input: {
  folder: string;
  role?: Role | undefined;
  online?: OnlineKeys | undefined;
  now: number;
}): Promise<{ root: MetadataFile; complete: boolean }> {
  const { folder, role, online, now } = input;
  const previous = await newestRoot(folder);
  const keys = await readRoleKeys(folder);
  if (holdersOf(previous, 'root', keys).length === 0)
    throw new PerchError(
      'BAD_SIGNATURE',
      `none of the keys in ${folder} is a root key of root ${previous.version}`,
    );
  const changes: Partial<Record<Role, Key[]>> = {};
  if (online !== undefined) {
    changes.snapshot = [tufKeyOf(online.snapshot)];
    changes.timestamp = [tufKeyOf(online.timestamp)];
  } else if (role === 'snapshot' || role === 'timestamp')
    throw new PerchError(
      'MALFORMED',
      `the ${role} key is the server's: rotate it there first, then give what keys show --json prints there as --online FILE`,
    );
  else if (role !== undefined) {
    // As many as there are, so one that is lost goes too: it takes no part in this but to be left out.
    const made: RoleKey[] = [];
    for (const _ of keysIn(previous)[role]) made.push(await makeRoleKey(folder, role));
    keys.push(...made);
    changes[role] = made.map((key) => key.public);
  }
  const root = nextRoot(previous, changes, keys, now);
  await writeSigned(rootPath(folder, root.version), root);
  return { root, complete: isComplete(previous, root) };
}

/** Adds the signatures of the root keys in `folder` to a root file. Resolves with how many keys have signed it now. */
export async function signOffline(
  path: string,
  folder: string,
): Promise<{ root: MetadataFile; signatures: number; threshold: number }> {
  const file = await readSigned(path);
  if (file.role !== 'root') throw new PerchError('MALFORMED', `${path} is ${file.role} metadata, not a root`);
  const keys = await readRoleKeys(folder);
  const holders = keys.filter(({ role }) => role === 'root').map((key) => key.privateKey);
  if (holders.length === 0) throw new PerchError('BAD_SIGNATURE', `there is no root key in ${folder}`);
  const root = coSigned(file, holders);
  await writeSigned(path, root);
  const signatures = Object.keys(rootOf(root).signatures).length;
  return { root, signatures, threshold: thresholdIn(root) };
}
