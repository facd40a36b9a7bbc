import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ROLES, type Role } from '@perch/broker-bridge/update/metadata-file.ts';
import { tufKey } from '@perch/broker-bridge/update/signing.ts';
import type { Key } from '@tufjs/models';
import { newKeyText, readKeyFile, syncFolder, writeNewFile } from '../key-files.ts';

/** A private key of a TUF role, in a file `<role>-<first 8 digits of its id>.pem`. */
export interface RoleKey {
  role: Role;
  path: string;
  privateKey: KeyObject; // Ed25519
  public: Key;
}

/** Where the server keeps the keys of roles; which of them count, the root says. */
export const tufFolder = (dataDir: string): string => join(dataDir, 'keys', 'tuf');

const NAME = new RegExp(`^(${ROLES.join('|')})-[0-9a-f]{8}\\.pem$`);

const what = (role: Role): string => `a key of the ${role} role, which signs ${SIGNS[role]}`;
const SIGNS: Record<Role, string> = {
  root: 'who may sign the rest',
  targets: 'releases',
  snapshot: 'which targets are current',
  timestamp: 'that all is current',
};

/** All keys of a folder; none when there is no such folder. Throws PerchError DISK for a file that is damaged or open to others. */
export async function readRoleKeys(folder: string): Promise<RoleKey[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const keys: RoleKey[] = [];
  for (const name of names.sort()) {
    const role = NAME.exec(name)?.[1] as Role | undefined;
    if (role === undefined) continue;
    const path = join(folder, name);
    const privateKey = await readKeyFile(path, 'ed25519', what(role));
    if (privateKey) keys.push({ role, path, privateKey, public: tufKey(createPublicKey(privateKey)) });
  }
  return keys;
}

/** Makes a new key of a role in a folder. Throws PerchError DISK. */
export async function makeRoleKey(folder: string, role: Role): Promise<RoleKey> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const text = newKeyText('ed25519');
  const id = tufKey(createPublicKey(text.slice(text.indexOf('-----BEGIN PUBLIC')))).keyID;
  const path = join(folder, `${role}-${id.slice(0, 8)}.pem`);
  await writeNewFile(path, text);
  const privateKey = (await readKeyFile(path, 'ed25519', what(role)))!;
  return { role, path, privateKey, public: tufKey(createPublicKey(privateKey)) };
}

/** Removes keys that nothing is signed with any more. */
export async function removeRoleKeys(keys: readonly RoleKey[]): Promise<void> {
  for (const { path } of keys) await rm(path, { force: true });
  const [first] = keys;
  if (first) await syncFolder(join(first.path, '..'));
}
