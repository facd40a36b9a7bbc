import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { seeded } from '../fuzz/random.ts';
import { DiskFile } from './disk-file.ts';
import { DiskNames, type Entry, type NameRules, type Names } from './disk-names.ts';
import { type FsEvent, readFsRecord } from './fs-record.ts';

export type { FsEvent, NameRules };

/**
 * A file system as the running system sees it and as the disk has it. It follows a program's calls; after each of them the power
 * can go. What may be there then is told by disk-file.ts for contents and by disk-names.ts for names. Not modelled: owners
 * and modes, times, holes, broken sectors, and disks that lie about having written.
 */
export class DiskModel {
  readonly #rules: NameRules;
  readonly #names: DiskNames;
  /** Files and folders that are open or were, by inode: a number can be used again once its file is gone. */
  readonly #open = new Map<number, Entry & { path: string }>();

  constructor(root: string, rules: NameRules, durable: Names = new Map()) {
    this.#rules = rules;
    this.#names = new DiskNames(root, rules, new Map([...durable, [root, { kind: 'folder' } as const]]));
  }

  follow(event: FsEvent): void {
    switch (event.name) {
      case 'open':
        return this.#opened(event);
      case 'write':
        return this.#file(event).write(event.offset, event.bytes);
      case 'truncate':
        return this.#file(event).truncate(event.size);
      case 'fsync':
      case 'fdatasync':
        return this.#synced(event.inode, event.name === 'fsync');
      case 'mkdir':
        return this.#names.change({ kind: 'add', path: event.path, entry: { kind: 'folder' } });
      case 'rmdir':
      case 'unlink':
        return this.#names.change({ kind: 'remove', path: event.path });
      case 'rename':
        return this.#renamed(event.path, event.to);
      case 'link':
        return this.#names.change({ kind: 'add', path: event.to, entry: this.#entry(event.path) });
      case 'symlink':
        return this.#names.change({
          kind: 'add',
          path: event.path,
          entry: { kind: 'symlink', target: event.target },
        });
    }
  }

  #opened({ path, inode, creates, empties }: Extract<FsEvent, { name: 'open' }>): void {
    let entry = this.#names.current.get(path);
    if (entry === undefined && creates) {
      entry = { kind: 'file', file: new DiskFile() };
      this.#names.change({ kind: 'add', path, entry });
    }
    if (entry === undefined) this.#open.delete(inode);
    else this.#open.set(inode, { ...entry, path });
    if (empties && entry?.kind === 'file' && entry.file.size > 0) entry.file.truncate(0);
  }

  #entry(path: string): Entry {
    const entry = this.#names.current.get(path);
    if (entry === undefined)
      throw new Error(`${path} came from elsewhere: tell the folder as it was before, or record all of it`);
    return entry;
  }

  /** @throws Error for a file that the record does not tell of */
  #file({ inode, path = '' }: { inode: number; path?: string }): DiskFile {
    const entry = path === '' ? this.#open.get(inode) : this.#entry(path);
    if (entry?.kind !== 'file')
      throw new Error(`inode ${inode} was never opened: tell the folder as it was before`);
    return entry.file;
  }

  /** fdatasync need not commit when nothing but content changed. */
  #synced(inode: number, whole: boolean): void {
    const entry = this.#open.get(inode);
    if (entry?.kind === 'folder') return this.#names.folderSynced(entry.path);
    if (entry?.kind !== 'file') return;
    const { file } = entry;
    const commits = (whole && file.pending > 0) || file.resized || this.#names.isNew(file);
    file.sync();
    if (commits && this.#rules === 'ext4') this.#names.committed();
  }

  #renamed(path: string, to: string): void {
    this.#entry(path);
    this.#names.change({ kind: 'rename', path, to });
    for (const entry of this.#open.values())
      if (entry.path === path || entry.path.startsWith(`${path}/`))
        entry.path = to + entry.path.slice(path.length);
  }

  /** Changes of names and contents that may be lost. */
  get pending(): number {
    const files = [...this.#names.current.values()].filter((entry) => entry.kind === 'file');
    return this.#names.pending.length + files.reduce((sum, { file }) => sum + file.pending, 0);
  }

  /** As the running system sees it. */
  current(): Folder {
    return folderOf(this.#names.current, (file) => file.current);
  }

  /** What may be there after a power cut now; the same seed gives the same. */
  afterPowerCut(seed: number): Folder {
    const random = seeded(seed);
    return folderOf(this.#names.afterPowerCut(random), (file) => file.afterPowerCut(random));
  }
}

/** What is below a root, by absolute path. */
export type Folder = Map<string, Buffer | { target: string } | 'folder'>;

function folderOf(names: Names, read: (file: DiskFile) => Buffer): Folder {
  const contents = new Map<DiskFile, Buffer>(); // a file may have several names
  return new Map(
    [...names].map(([path, entry]): [string, Buffer | { target: string } | 'folder'] => {
      if (entry.kind === 'symlink') return [path, { target: entry.target }];
      if (entry.kind === 'folder') return [path, 'folder'];
      const content = contents.get(entry.file) ?? read(entry.file);
      contents.set(entry.file, content);
      return [path, content];
    }),
  );
}

export interface PowerCutOptions {
  /** What FS_SHIM_RECORD wrote. */
  record: string;
  /** The folder that the record is of. */
  root: string;
  /** A copy of that folder as it was when the record began, all of it on disk; without it there was nothing. */
  before?: string;
  /** Where to put what is left: a folder that is empty or not there. */
  into: string;
  seed: number;
  /** The power goes after so many events of the record; after all of them by default. */
  events?: number;
  /** ext4 by default. */
  rules?: NameRules;
}

/** Puts into a folder what a power cut may have left of another one. @returns how many changes could be lost */
export function cutPower({
  record,
  root,
  before,
  into,
  seed,
  events,
  rules = 'ext4',
}: PowerCutOptions): number {
  const real = realPath(root);
  const disk = new DiskModel(real, rules, before === undefined ? new Map() : readFolder(before, real));
  for (const event of readFsRecord(record).slice(0, events)) disk.follow(event);
  mkdirSync(into, { recursive: true, mode: 0o700 });
  const left = disk.afterPowerCut(seed);
  for (const path of [...left.keys()].sort()) {
    if (!path.startsWith(`${real}/`)) continue;
    const what = left.get(path)!;
    const to = join(into, path.slice(real.length));
    if (what === 'folder') mkdirSync(to, { mode: 0o700 });
    else if (Buffer.isBuffer(what)) writeFileSync(to, what, { mode: 0o600 });
    else symlinkSync(what.target, to);
  }
  return disk.pending;
}

/** The root may be gone, its folder not. */
const realPath = (root: string): string => join(realpathSync(dirname(root)), basename(root));

/** Names and contents of a folder, as if they were below `root`. */
function readFolder(folder: string, root: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const from = join(entry.parentPath, entry.name);
    const path = join(root, from.slice(folder.length));
    if (entry.isDirectory()) entries.set(path, { kind: 'folder' });
    else if (entry.isSymbolicLink()) entries.set(path, { kind: 'symlink', target: readlinkSync(from) });
    else if (entry.isFile()) entries.set(path, { kind: 'file', file: new DiskFile(readFileSync(from)) });
  }
  return entries;
}
