import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { type MetadataFile, ROLES, type Role } from '@perch/broker-bridge/update/metadata-file.ts';
import { followRoot } from '@perch/broker-bridge/update/root-chain.ts';
import type { Store } from '../store/contract.ts';
import {
  firstRoot,
  followUps,
  freshKeys,
  holdersOf,
  keysIn,
  nextRoot,
  type PublicKeys,
  thresholdIn,
} from './authority.ts';
import { makeRoleKey, type RoleKey, readRoleKeys, removeRoleKeys, tufFolder } from './role-keys.ts';
import { isSignedBy, newestOf, pinnedHash, releasesIn } from './signed-files.ts';
import { inTurn } from './turns.ts';

/** Where the signed metadata and the keys that are on this server live. */
export interface Place {
  store: Store;
  dataDir: string;
  /** Unix ms */
  now(): number;
}

/** Before this there was no Perch, Unix ms: a clock that says so is not set. */
export const CLOCK_LEAST = Date.UTC(2026, 0);

/** The roles that a server signs for by itself. */
export const ONLINE = ['snapshot', 'timestamp'] as const;

/** Signs what follows from the files and the keys that are here, and stores it with `files`. Returns all current files. */
async function settle(
  place: Place,
  files: MetadataFile[],
  keys: readonly RoleKey[],
): Promise<MetadataFile[]> {
  const current = [...(await place.store.metadata()), ...files];
  const made = followUps(current, keys, place.now());
  if (files.length + made.length > 0) await place.store.addMetadata([...files, ...made]);
  return place.store.metadata();
}

/**
 * The current metadata, with all that is due signed anew by the keys that are here. On the first start it makes the keys
 * of every role, unless `keys init` made those of a production server: then there is no metadata until a root is imported.
 * Rejects with PerchError DISK.
 */
export const currentMetadata = (place: Place): Promise<MetadataFile[]> =>
  inTurn(place.dataDir, async () => {
    checkClock(place.now());
    const files = await place.store.metadata();
    const folder = tufFolder(place.dataDir);
    const keys = await readRoleKeys(folder);
    if (files.length > 0) return settle(place, [], keys);
    const online = ONLINE.every((role) => keys.some((key) => key.role === role));
    if (online && !keys.some(({ role }) => role === 'root')) return [];
    const each = async (role: Role): Promise<RoleKey> =>
      keys.find((key) => key.role === role) ?? makeRoleKey(folder, role);
    const made = [await each('root'), await each('targets'), await each('timestamp'), await each('snapshot')];
    return settle(place, [firstRoot(publicKeys(made), 1, made, place.now())], made);
  });

/** What is signed with a clock that starts in 1970 would be past its date on every board. */
function checkClock(now: number): void {
  if (now < CLOCK_LEAST)
    throw new PerchError(
      'EXPIRED',
      `the clock of this machine says ${new Date(now).toISOString().slice(0, 10)}; set it, so that what is signed here is not out of date`,
    );
}

const publicKeys = (keys: readonly RoleKey[]): PublicKeys => {
  const of = (role: Role) => keys.filter((key) => key.role === role).map((key) => key.public);
  return { root: of('root'), timestamp: of('timestamp'), snapshot: of('snapshot'), targets: of('targets') };
};

/** SHA-256 of root 1 for a board's enrolment. Rejects with PerchError NO_TARGET while there is no root. */
export async function rootHash(place: Place): Promise<Uint8Array> {
  const stored = await place.store.metadata();
  const hash = pinnedHash(stored) ?? pinnedHash(await currentMetadata(place));
  if (hash === undefined)
    throw new PerchError(
      'NO_TARGET',
      'this server has no root yet, which every board must know from its first day: perch-server keys import root.json',
    );
  return hash;
}

/** Makes the keys that a production server signs with, and none of the owner's. Does nothing when they are there. */
export const makeOnlineKeys = (place: Place): Promise<RoleKey[]> =>
  inTurn(place.dataDir, async () => {
    if ((await place.store.metadata()).length > 0)
      throw new PerchError(
        'OLD_METADATA',
        'this server has its root; exchange a key with perch-server keys rotate',
      );
    const folder = tufFolder(place.dataDir);
    const keys = await readRoleKeys(folder);
    for (const role of ONLINE)
      if (!keys.some((key) => key.role === role)) keys.push(await makeRoleKey(folder, role));
    return keys;
  });

/**
 * Exchanges the key of a role on the server. With enough root keys here it is done at once. Otherwise, for an online role, it makes
 * the new key, which the next root must name: `done` is then false. Rejects for a role whose key is elsewhere.
 */
export const rotateKey = (place: Place, role: Role): Promise<{ done: boolean; made: RoleKey }> =>
  inTurn(place.dataDir, async () => {
    const files = await place.store.metadata();
    const root = newestOf(files, 'root');
    if (root === undefined) throw new PerchError('NO_TARGET', 'there is no root yet: perch-server keys show');
    const folder = tufFolder(place.dataDir);
    const keys = await readRoleKeys(folder);
    const canSign = holdersOf(root, 'root', keys).length >= thresholdIn(root);
    if (!canSign && role !== 'snapshot' && role !== 'timestamp')
      throw new PerchError(
        'BAD_SIGNATURE',
        `the ${role} key is not on this server; where the root keys are: perch-server keys rotate ${role} --offline DIR`,
      );
    // One that was made before the power went, or that waits for a root to name it.
    const waiting = freshKeys(files, keys).find((key) => key.role === role);
    const made = waiting ?? (await makeRoleKey(folder, role));
    if (!canSign) return { done: false, made };
    const all = waiting ? keys : [...keys, made];
    const next = nextRoot(root, { [role]: [made.public] }, all, place.now());
    await settle(place, [next], all);
    await removeRoleKeys(all.filter((key) => key.role === role && key !== made));
    return { done: true, made };
  });

/**
 * Takes in root and targets files that were signed elsewhere: roots in a chain, and targets that name only releases that
 * are here. Rejects with PerchError BAD_SIGNATURE, MIXED_METADATA, OLD_METADATA, NO_TARGET.
 */
export const importMetadata = (place: Place, files: MetadataFile[]): Promise<MetadataFile[]> =>
  inTurn(place.dataDir, async () => {
    const current = await place.store.metadata();
    const roots = files.filter(({ role }) => role === 'root').sort((a, b) => a.version - b.version);
    const last = newestOf(current, 'root');
    const first = last ?? roots[0];
    if (first === undefined)
      throw new PerchError('NO_TARGET', 'there is no root yet; import root.json first');
    for (const root of roots) checkSame(current, root);
    const fresh = roots.filter(({ version }) => last === undefined || version > last.version);
    checkChain(current, fresh);
    const root = fresh.at(-1) ?? first;
    const targets = files.filter(({ role }) => role === 'targets');
    for (const file of targets) {
      if (!isSignedBy(root, file)) throw notSigned(file, root);
      const here = new Set((await place.store.releases()).map(({ sha256 }) => sha256));
      const lacking = releasesIn(file).filter(({ sha256 }) => !here.has(sha256));
      if (lacking.length > 0)
        throw new PerchError(
          'NO_TARGET',
          `it names ${lacking.map(({ path }) => path).join(', ')}; publish it with the executables: perch-server release publish --targets FILE EXECUTABLE...`,
        );
    }
    const other = files.find(({ role }) => role !== 'root' && role !== 'targets');
    if (other) throw new PerchError('MIXED_METADATA', `${other.role} metadata is made by the server itself`);
    const keys = await readRoleKeys(tufFolder(place.dataDir));
    for (const role of ONLINE)
      if (holdersOf(root, role, keys).length === 0)
        throw new PerchError(
          'BAD_SIGNATURE',
          `root ${root.version} names no ${role} key that is on this server; make it with what perch-server keys show --json prints here`,
        );
    const all = await settle(place, [...fresh, ...targets], keys);
    await removeUnnamed(root, keys);
    return all;
  });

/** A root that is here already must be the very one: boards have it. */
function checkSame(current: readonly MetadataFile[], root: MetadataFile): void {
  const here = current.find((file) => file.role === 'root' && file.version === root.version);
  if (here !== undefined && !Buffer.from(here.bytes).equals(root.bytes))
    throw new PerchError(
      'MIXED_METADATA',
      `this server has another root ${root.version}, which its boards know; a new fleet begins with an empty data folder`,
    );
}

/** Every root of the chain, as boards will follow it. Throws as a board would. */
function checkChain(current: readonly MetadataFile[], fresh: readonly MetadataFile[]): void {
  const roots = [...current.filter(({ role }) => role === 'root'), ...fresh];
  const [first] = roots;
  if (first?.version !== 1)
    throw new PerchError(
      'MIXED_METADATA',
      'the chain begins with root 1, which every board is enrolled with; import it too',
    );
  const pin = pinnedHash(roots)!;
  let set: ReturnType<typeof followRoot> | undefined;
  for (const root of roots) set = followRoot(set, root, pin);
}

export const notSigned = (file: MetadataFile, root: MetadataFile): PerchError =>
  new PerchError(
    'BAD_SIGNATURE',
    `${file.role} ${file.version} is not signed by a key that root ${root.version} names; sign it with that key, or import the newer root first`,
  );

/** Online keys that the newest root no longer names sign nothing any more. */
async function removeUnnamed(root: MetadataFile, keys: readonly RoleKey[]): Promise<void> {
  const named = keysIn(root);
  const counts = (key: RoleKey): boolean => named[key.role].some(({ keyID }) => keyID === key.public.keyID);
  const replaced = ROLES.filter((role) => keys.some((key) => key.role === role && counts(key)));
  await removeRoleKeys(keys.filter((key) => replaced.includes(key.role) && !counts(key)));
}
