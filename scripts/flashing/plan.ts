import { BoardError } from './board-error.ts';
import type { Ext4 } from './ext4.ts';

export interface Owner {
  uid: number;
  gid: number;
}
export const ROOT_OWNER: Owner = { uid: 0, gid: 0 };

export interface PlannedFile extends Owner {
  path: string;
  mode: number;
  /** Path of a file on this machine, or the bytes. */
  source: string | Buffer;
}

export interface PlannedFolder extends Owner {
  path: string;
  mode: number;
}

/** All that will be different in an image, before anything is. Paths are the root's, every link in them followed by debugfs. */
export interface Plan {
  files: PlannedFile[];
  /** Folders whose mode and owner matter; others are made as they are needed. */
  folders: PlannedFolder[];
  links: { path: string; target: string }[];
  /** Files, links and empty folders to remove, in this order. */
  remove: string[];
  /** Files in the top folder of the boot partition. */
  boot: { name: string; bytes: Buffer }[];
  /** Lines for the person. */
  notes: string[];
}

export const emptyPlan = (): Plan => ({ files: [], folders: [], links: [], remove: [], boot: [], notes: [] });

/** Most text that is edited in a root, in bytes: dpkg's status file is the longest. */
export const EDIT_LIMIT = 32 * 1024 * 1024;

/**
 * Plans another text for a file of the root; its mode and owner stay. A file that is not there is made with `mode`, with the
 * text of `edit('')`. The same text plans nothing.
 */
export async function editFile(
  plan: Plan,
  root: Ext4,
  path: string,
  mode: number,
  edit: (text: string) => string,
): Promise<void> {
  const found = await root.resolve(path);
  if (found !== undefined && found.node.kind !== 'file')
    throw new BoardError('TOOL_FAILED', `${path} in the image is no file`);
  if ((found?.node.size ?? 0) > EDIT_LIMIT)
    throw new BoardError('TOOL_FAILED', `${path} in the image has more than ${EDIT_LIMIT} bytes`);
  // Latin 1 keeps every byte as it is, whatever encoding the file has; what is put in is ASCII.
  const before = found === undefined ? undefined : (await root.read(found.path))?.toString('latin1');
  const after = edit(before ?? '');
  if (after === before) return;
  plan.files.push({
    path: found?.path ?? path,
    mode: found?.node.mode ?? mode,
    uid: found?.node.uid ?? 0,
    gid: found?.node.gid ?? 0,
    source: Buffer.from(after, 'latin1'),
  });
}

/** True when the image has something at one of these paths, links followed. */
export async function hasAny(root: Ext4, ...paths: string[]): Promise<boolean> {
  for (const path of paths) if ((await root.resolve(path)) !== undefined) return true;
  return false;
}

/** On a system without merged folders (Debian 11 and before) units and programs lie below / too. */
export const bothRoots = (path: string): string[] => [path, path.replace(/^\/usr/, '')];
