import { dirname } from 'node:path';
import type { Random } from '../fuzz/random.ts';
import type { DiskFile } from './disk-file.ts';

/** What a name stands for. */
export type Entry =
  | { kind: 'folder' }
  | { kind: 'file'; file: DiskFile }
  | { kind: 'symlink'; target: string };
export type Names = ReadonlyMap<string, Entry>;

export type NameChange =
  | { kind: 'add'; path: string; entry: Entry }
  | { kind: 'remove'; path: string }
  | { kind: 'rename'; path: string; to: string };

/**
 * When names survive a power cut.
 * - `ext4`: one journal. Of the changes that no sync made durable the first so many survive, in order. A sync of a folder or of a file
 *   that has something to commit makes durable all changes of names before it.
 * - `posix`: what the standard promises and no more. Each folder keeps the first so many of its own changes, and only a
 *   sync of that very folder makes them durable.
 */
export type NameRules = 'ext4' | 'posix';

/** The names of a file system: what the disk has for good, and what was done since. */
export class DiskNames {
  readonly #root: string;
  readonly #rules: NameRules;
  #durable: Map<string, Entry>;
  #changes: NameChange[] = [];
  readonly current: Map<string, Entry>;

  /** `durable` with the root itself, which is taken to be there for good. */
  constructor(root: string, rules: NameRules, durable: Names) {
    this.#root = root;
    this.#rules = rules;
    this.#durable = new Map(durable);
    this.current = new Map(durable);
  }

  change(change: NameChange): void {
    this.#changes.push(change);
    apply(this.current, change);
  }

  /** Changes that no sync made durable. */
  get pending(): readonly NameChange[] {
    return this.#changes;
  }

  /** True when the disk does not know of this file for good. */
  isNew(file: DiskFile): boolean {
    return this.#changes.some(
      (change) => change.kind === 'add' && change.entry.kind === 'file' && change.entry.file === file,
    );
  }

  folderSynced(folder: string): void {
    if (!this.#changes.some((change) => foldersOf(change).includes(folder))) return;
    if (this.#rules === 'ext4') return this.committed();
    // A change of two folders takes along what was done before it in the other one.
    const folders = new Set([folder]);
    const kept: NameChange[] = [];
    const made: NameChange[] = [];
    for (const change of this.#changes.toReversed()) {
      const synced = foldersOf(change).some((one) => folders.has(one));
      if (synced) for (const one of foldersOf(change)) folders.add(one);
      (synced ? made : kept).unshift(change);
    }
    for (const change of made) apply(this.#durable, change);
    this.#changes = kept;
  }

  /** All changes are durable. */
  committed(): void {
    for (const change of this.#changes) apply(this.#durable, change);
    this.#changes = [];
  }

  /** What may be there after a power cut, one of many. */
  afterPowerCut(random: Random): Names {
    const names = new Map(this.#durable);
    for (const change of this.#survivors(random)) apply(names, change);
    // What is in a folder that is lost is lost with it.
    for (const path of [...names.keys()].sort())
      if (path !== this.#root && names.get(dirname(path))?.kind !== 'folder') names.delete(path);
    return names;
  }

  #survivors(random: Random): NameChange[] {
    const most = this.#changes.length + 1;
    if (this.#rules === 'ext4') return this.#changes.slice(0, random.below(most));
    const left = new Map(this.#changes.flatMap(foldersOf).map((folder) => [folder, 0]));
    for (const folder of left.keys()) left.set(folder, random.below(most));
    return this.#changes.filter((change) => {
      const own = foldersOf(change);
      const survives = own.every((folder) => left.get(folder)! > 0);
      // After one that is lost none of its folders has later ones.
      for (const folder of own) left.set(folder, survives ? left.get(folder)! - 1 : 0);
      return survives;
    });
  }
}

const foldersOf = (change: NameChange): string[] => [
  ...new Set([dirname(change.path), ...(change.kind === 'rename' ? [dirname(change.to)] : [])]),
];

/** A rename of what is not there does nothing: what it built on is lost. */
function apply(names: Map<string, Entry>, change: NameChange): void {
  const { path } = change;
  if (change.kind === 'add') {
    names.set(path, change.entry);
    return;
  }
  const moved = [...names].filter(([name]) => name === path || name.startsWith(`${path}/`));
  for (const [name] of moved) names.delete(name);
  if (change.kind === 'rename')
    for (const [name, entry] of moved) names.set(change.to + name.slice(path.length), entry);
}
