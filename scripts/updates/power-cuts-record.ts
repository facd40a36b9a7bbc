import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FsEvent, readFsRecord } from '../faults/fs-record.ts';
import { fsShimEnvironment } from '../faults/fs-shim.ts';
import { DiskModel, type Folder } from '../faults/power-cut.ts';
import type { LifeLine, SceneBoard } from './scene.ts';

/** What an update did to a board's state folder, from before its first start until the new release was in force. */
export interface Recording {
  root: string;
  /** A copy of the state folder as it was before. */
  before: string;
  /** What FS_SHIM_RECORD wrote of the launcher and of all agents. */
  record: string;
  /** How many events have happened after each call that changes something or makes it durable. */
  points: readonly number[];
}

/** An update that does not end in this time does not end. */
const END_MS = 60_000;

const isInForce = ({ version, settled }: LifeLine): boolean => version === '0.3.0' && settled === true;

/** Starts a board, waits until its update has ended, and stops it in good order. @throws Error when it does not end */
export async function endUpdate(board: SceneBoard, env: NodeJS.ProcessEnv = {}): Promise<void> {
  try {
    board.start(undefined, env);
    await board.until('release in force', isInForce, END_MS);
    await board.stop();
  } finally {
    await board.cut();
  }
}

/**
 * Lets a board that nothing disturbs end its update and writes down each of its calls.
 * @param library the shim of fs-shim.ts
 * @throws Error when it does not end, or the record does not tell all that happened to the folder
 */
export async function recordUpdate(board: SceneBoard, library: string): Promise<Recording> {
  const root = board.state;
  const [before, record] = [join(dirname(root), 'before'), join(dirname(root), 'record')];
  for (const old of [before, record]) rmSync(old, { recursive: true, force: true });
  cpSync(root, before, { recursive: true });
  await endUpdate(board, {
    ...fsShimEnvironment(library, { paths: [root], record }),
    PATH: `${plainMv(join(dirname(root), 'bin'))}:${process.env.PATH}`,
  });
  const events = readFsRecord(record);
  checkWhole(root, [...eventsThatMake(before, root), ...events]);
  const points = events.flatMap((event, index) => (isCounted(event) ? [index + 1] : []));
  return { root, before, record, points };
}

/** A folder with an mv that calls rename(2): that of coreutils calls renameat2, which the shim does not see. */
function plainMv(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const script = `#!${process.execPath}\nrequire('node:fs').renameSync(process.argv[2], process.argv[3]);\n`;
  writeFileSync(join(folder, 'mv'), script);
  chmodSync(join(folder, 'mv'), 0o700);
  return folder;
}

const isCounted = (event: FsEvent): boolean => event.name !== 'open' || event.creates || event.empties;

/** Calls that would have made a folder as it is, below `root`. */
function eventsThatMake(folder: string, root: string): FsEvent[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true })
    .map((entry) => ({ from: join(entry.parentPath, entry.name), isFolder: entry.isDirectory() }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  return entries.flatMap(({ from, isFolder }, index): FsEvent[] => {
    const path = join(root, from.slice(folder.length));
    if (isFolder) return [{ name: 'mkdir', ordinal: 0, path }];
    const inode = -1 - index; // none that a file has
    return [
      { name: 'open', ordinal: 0, path, inode, creates: true, empties: false },
      { name: 'write', ordinal: 0, inode, offset: 0, bytes: readFileSync(from) },
    ];
  });
}

/** A call that the shim did not see would make every power cut after it one that cannot happen. */
function checkWhole(root: string, events: readonly FsEvent[]): void {
  const disk = new DiskModel(root, 'ext4');
  for (const event of events) disk.follow(event);
  const told = disk.current();
  told.delete(root);
  const found = contents(root);
  const wrong = [...new Set([...told.keys(), ...found.keys()])].filter((path) => !isSame(told, found, path));
  if (wrong.length > 0) throw new Error(`the record does not tell what happened to ${wrong.join(', ')}`);
}

function isSame(a: Folder, b: Folder, path: string): boolean {
  const [one, other] = [a.get(path), b.get(path)];
  return Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : one === other;
}

const contents = (folder: string): Folder =>
  new Map(
    readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isDirectory() ? 'folder' : readFileSync(path)];
    }),
  );
