import { stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BoardError } from './board-error.ts';
import { type Ext4, fileCommands, folderCommands, linkCommands, type Node, removeCommand } from './ext4.ts';
import type { Fat } from './fat.ts';
import { type Plan, ROOT_OWNER } from './plan.ts';
import { bytesText } from './progress.ts';

/** Room that stays free in the root, in bytes: for the folders that grow, and for the first start. */
export const ROOM_LEFT = 8 * 1024 * 1024;

const parentsOf = (path: string): string[] => {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, depth) => `/${parts.slice(0, depth + 1).join('/')}`);
};

/** The folders that must be made for a plan, outer ones first. @throws BoardError when a file stands where one must be */
async function missingFolders(plan: Plan, root: Ext4): Promise<string[]> {
  const wanted = new Set<string>();
  for (const { path } of [...plan.files, ...plan.links])
    for (const parent of parentsOf(path)) wanted.add(parent);
  for (const { path } of plan.folders) for (const parent of [...parentsOf(path), path]) wanted.add(parent);
  const missing: string[] = [];
  const paths = [...wanted].toSorted();
  const nodes = await root.stat(paths);
  for (const [index, path] of paths.entries()) {
    const first = nodes[index];
    const node = first?.kind === 'link' ? (await root.resolve(path))?.node : first;
    if (node === undefined) missing.push(path);
    else if (node.kind !== 'folder')
      throw new BoardError(
        'TOOL_FAILED',
        `${path} in the image is no folder; use an image of a usual system`,
      );
  }
  return missing;
}

/** Bytes that a plan takes from the root more than it gives back: whole blocks, and one for the tree of each large file. Pure. */
export function roomNeeded(
  files: readonly { bytes: number; before: number }[],
  folders: number,
  blockBytes: number,
): number {
  const blocks = (bytes: number): number => Math.ceil(bytes / blockBytes) + (bytes > 4 * blockBytes ? 1 : 0);
  const more = files.reduce((sum, { bytes, before }) => sum + blocks(bytes) - blocks(before), 0);
  return (more + folders) * blockBytes;
}

async function checkRoom(
  root: Ext4,
  files: readonly { bytes: number; before: number }[],
  folders: number,
): Promise<void> {
  const { blockBytes, freeBlocks, freeInodes } = await root.superblock();
  const needed = roomNeeded(files, folders, blockBytes) + ROOM_LEFT;
  const free = freeBlocks * blockBytes;
  const how =
    'make it larger: truncate -s +500M IMAGE, grow its last partition with parted, then resize2fs (see firmware-notes/installing.md)';
  if (needed > free)
    throw new BoardError(
      'NO_SPACE',
      `the image's root has ${bytesText(free)} free and ${bytesText(needed)} are needed; ${how}`,
    );
  if (files.length + folders > freeInodes)
    throw new BoardError('NO_SPACE', `the image's root has room for ${freeInodes} more files; ${how}`);
}

/**
 * Writes a plan into an image; room is checked before. `folder` is where the files are laid out for debugfs and mtools.
 * @throws BoardError NO_SPACE, DISK_FULL, TOOL_FAILED
 */
export async function writePlan(
  plan: Plan,
  place: { root: Ext4; boot: Fat | undefined; folder: string; now: number },
): Promise<void> {
  const { root, boot, folder, now } = place;
  const missing = await missingFolders(plan, root);
  const paths = [...plan.files, ...plan.links, ...plan.remove.map((path) => ({ path }))].map(
    ({ path }) => path,
  );
  const present = new Map<string, Node | undefined>();
  for (const [index, node] of (await root.stat(paths)).entries()) present.set(paths[index]!, node);

  const sizes: { bytes: number; before: number }[] = [];
  const commands = plan.remove.flatMap((path) => {
    const node = present.get(path);
    present.set(path, undefined);
    return node === undefined ? [] : [removeCommand(path, node.kind)];
  });
  const planned = new Map(plan.folders.map((one) => [one.path, one]));
  for (const path of missing)
    commands.push(
      ...folderCommands(path, { ...(planned.get(path) ?? { mode: 0o755, ...ROOT_OWNER }), made: true }),
    );
  for (const one of plan.folders)
    if (!missing.includes(one.path)) {
      const path = (await root.resolve(one.path))?.path ?? one.path;
      commands.push(...folderCommands(path, { ...one, made: false }));
    }
  for (const [index, { path, source, ...node }] of plan.files.entries()) {
    const before = present.get(path);
    if (before?.kind === 'folder')
      throw new BoardError('TOOL_FAILED', `${path} in the image is a folder; remove it first`);
    const staged = `file-${index}`;
    if (typeof source === 'string') await symlink(resolve(source), join(folder, staged));
    else await writeFile(join(folder, staged), source, { mode: 0o600 });
    const bytes = typeof source === 'string' ? (await stat(source)).size : source.length;
    sizes.push({ bytes, before: before?.size ?? 0 });
    commands.push(...fileCommands(path, staged, { ...node, replaces: before !== undefined }));
  }
  for (const { path, target } of plan.links)
    commands.push(...linkCommands(path, target, present.get(path) !== undefined));

  await checkRoom(root, sizes, missing.length + plan.links.length);
  await root.write(commands, now);
  for (const [index, { name, bytes }] of plan.boot.entries()) {
    const staged = `boot-${index}`;
    await writeFile(join(folder, staged), bytes, { mode: 0o600 });
    await boot?.write(name, staged);
  }
}
