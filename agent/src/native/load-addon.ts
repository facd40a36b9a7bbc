import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePrivateFolder } from './private-folder.ts';

/** Where addons may be written, best first: the state folder stays over restarts, the others spare no write. */
export function addonFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const folders: string[] = [];
  if (env.PERCH_STATE) folders.push(join(env.PERCH_STATE, 'native'));
  if (env.XDG_RUNTIME_DIR) folders.push(join(env.XDG_RUNTIME_DIR, 'perch-native'));
  folders.push('/run/perch/native', join(tmpdir(), `perch-native-${process.getuid?.() ?? 0}`));
  return folders;
}

const sameContent = (path: string, bytes: Uint8Array): boolean => {
  try {
    return lstatSync(path).isFile() && readFileSync(path).equals(bytes);
  } catch {
    return false;
  }
};

/** Deletes what earlier versions left of the same addon, so that the folder holds one file per addon. */
function removeOthers(folder: string, name: string, keep: string): void {
  for (const entry of readdirSync(folder))
    if (entry.startsWith(`${name}-`) && entry !== keep) rmSync(join(folder, entry), { force: true });
}

function writeAddon(folder: string, name: string, bytes: Uint8Array): string {
  requirePrivateFolder(folder);
  const file = `${name}-${createHash('sha256').update(bytes).digest('hex')}.node`;
  const path = join(folder, file);
  if (sameContent(path, bytes)) return path;
  removeOthers(folder, name, file);
  const temporary = join(folder, `${name}-${randomBytes(6).toString('hex')}.part`);
  try {
    writeFileSync(temporary, bytes, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return path;
}

function openAddon(path: string): unknown {
  const module = { exports: {} };
  process.dlopen(module, path, constants.dlopen.RTLD_LAZY);
  return module.exports;
}

export type AddonOptions = {
  /** Folders to try in this order. */
  folders?: readonly string[];
  /** Loads the shared object at a path. */
  open?: (path: string) => unknown;
};

/**
 * Writes a native addon to the first folder that can hold and run it, and loads it from there: dlopen wants a file, and
 * the executable carries the addon as bytes. A folder that is read-only, mounted noexec, full or not private is passed
 * over. An existing file is used again only when its content is the same.
 * @param name short name, the start of the file's name
 * @returns the addon's exports
 * @throws Error that lists every folder with the reason why it did not do
 */
export function loadAddon(name: string, bytes: Uint8Array, options: AddonOptions = {}): unknown {
  const open = options.open ?? openAddon;
  const reasons: string[] = [];
  for (const folder of options.folders ?? addonFolders()) {
    let path: string | undefined;
    try {
      path = writeAddon(folder, name, bytes);
      return open(path);
    } catch (error) {
      reasons.push(`  ${folder}: ${error instanceof Error ? error.message : String(error)}`);
      if (path !== undefined) discard(path);
    }
  }
  throw new Error(
    `the native part ${name} could not be loaded from any folder:\n${reasons.join('\n')}\n` +
      'Set PERCH_STATE to a folder of this user on a file system that is writable and not mounted noexec.',
  );
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The folder turned read-only meanwhile: the file stays and does no harm.
  }
}
