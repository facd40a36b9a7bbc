import { ROLES, type Role } from '@perch/broker-bridge/update/metadata-file.ts';
import { Type } from '@sinclair/typebox';
import type { Store } from '../store/contract.ts';
import { freshKeys, holdersOf, keysIn, thresholdIn } from '../tuf/authority.ts';
import { readSigned, rootPath, targetsPath, writeSigned } from '../tuf/file-io.ts';
import { endings } from '../tuf/keeper.ts';
import { importMetadata, makeOnlineKeys, ONLINE, rotateKey } from '../tuf/owner.ts';
import { type RoleKey, readRoleKeys, tufFolder } from '../tuf/role-keys.ts';
import { newestOf, pinnedHash } from '../tuf/signed-files.ts';
import { command } from './context.ts';
import { PATHS_LIMIT, Path } from './paths.ts';

const Nothing = Type.Object({}, { additionalProperties: false });

export interface RoleView {
  role: Role;
  version: number; // 0: there is no such file yet
  expires?: number; // Unix ms
  /** How many of the keys must sign. */
  threshold: number;
  keys: { id: string; here: boolean }[];
}

export interface KeysView {
  /** SHA-256 of root 1 in hex, which every board is enrolled with; null while there is no root. */
  root: string | null;
  roles: RoleView[];
  /** The public keys that this server signs with, or will once a root names them; raw in hex. */
  online?: Record<(typeof ONLINE)[number], string>;
  /** What the owner has to see to. */
  warnings: string[];
}

/** What is known of keys and signed files; private keys are told of by whether they are here, and never shown. */
async function view(store: Store, dataDir: string, now: number): Promise<KeysView> {
  const files = await store.metadata();
  const keys = await readRoleKeys(tufFolder(dataDir));
  const root = newestOf(files, 'root');
  const named = root && keysIn(root);
  const roles = ROLES.map((role): RoleView => {
    const file = newestOf(files, role);
    const here = new Set(keys.map((key) => key.public.keyID));
    return {
      role,
      version: file?.version ?? 0,
      ...(file === undefined ? {} : { expires: file.expires }),
      threshold: root === undefined ? 0 : role === 'root' ? thresholdIn(root) : 1,
      keys: (named?.[role] ?? []).map(({ keyID }) => ({ id: keyID, here: here.has(keyID) })),
    };
  });
  const hash = pinnedHash(files);
  const isNamed = (key: RoleKey): boolean =>
    named?.[key.role].some(({ keyID }) => keyID === key.public.keyID) ?? false;
  // A key that waits for its root comes before the one that counts now.
  const online = onlineOf([...freshKeys(files, keys), ...keys.filter(isNamed)]);
  const lost = root === undefined ? [] : ONLINE.filter((role) => holdersOf(root, role, keys).length === 0);
  return {
    root: hash === undefined ? null : Buffer.from(hash).toString('hex'),
    roles,
    ...(online === undefined ? {} : { online }),
    warnings: [
      ...lost.map((role) => `the ${role} key that the root names is not on this server`),
      ...endings(files, now),
    ],
  };
}

/** The first key of each online role. */
function onlineOf(keys: readonly RoleKey[]): KeysView['online'] {
  const pick = (role: Role): string | undefined =>
    keys.find((key) => key.role === role)?.public.keyVal.public;
  const [snapshot, timestamp] = [pick('snapshot'), pick('timestamp')];
  return snapshot && timestamp ? { snapshot, timestamp } : undefined;
}

export const keysShow = command(Nothing, ({ store, dataDir, now }) => view(store, dataDir, now()));

export const keysInit = command(Nothing, async (context) => {
  await makeOnlineKeys(context);
  return view(context.store, context.dataDir, context.now());
});

export const keysRotate = command(
  Type.Object({ role: Type.Union(ROLES.map((role) => Type.Literal(role))) }, { additionalProperties: false }),
  async (context, { role }) => {
    const { done, made } = await rotateKey(context, role);
    return { done, id: made.public.keyID, ...(await view(context.store, context.dataDir, context.now())) };
  },
);

export const keysImport = command(
  Type.Object(
    { files: Type.Array(Path, { minItems: 1, maxItems: PATHS_LIMIT }) },
    { additionalProperties: false },
  ),
  async (context, args) => {
    const files = [];
    for (const path of args.files) files.push(await readSigned(path));
    await importMetadata(context, files);
    return view(context.store, context.dataDir, context.now());
  },
);

export const keysExport = command(
  Type.Object({ folder: Path }, { additionalProperties: false }),
  async ({ store }, { folder }) => {
    const files = (await store.metadata()).filter(({ role }) => role === 'root' || role === 'targets');
    const paths: string[] = [];
    for (const file of files) {
      const path = file.role === 'root' ? rootPath(folder, file.version) : targetsPath(folder);
      await writeSigned(path, file);
      paths.push(path);
    }
    return { files: paths };
  },
);
