import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DiskFile, type DiskFiles, realFiles } from '../disk-files.ts';

/** What a disk writes at once or not at all, in bytes. */
const SECTOR = 512;

/** Nothing happens any more: the process is dead, or the board is. */
const never = (): Promise<never> => new Promise(() => {});

interface Model {
  /** What the disk is known to hold, as of the last sync of the file; undefined: the name is not known to be there. */
  durable: Map<string, Buffer>;
  /** Writes since the last sync, by file. */
  pending: Map<string, { position: number; bytes: Buffer }[]>;
  /** Content of files as the running system sees it. */
  current: Map<string, Buffer>;
}

/**
 * The real files with a cut: at the call `cutAt` (from 1) the process ends, after half of the bytes if it is a write and
 * `half` is set. `powerCut` then leaves what a disk may hold after the power went, by these rules: what was synced is
 * there; of writes after it any 512-byte sectors are there; a new name is there once its folder was synced, and may be
 * before; a rename after the sync of its file shows the old or the new content; a removed name may be back.
 */
export class CuttingDisk implements DiskFiles {
  calls = 0;
  readonly log: string[] = [];
  readonly #folder: string;
  readonly #cutAt: number;
  readonly #half: boolean;
  readonly #model: Model = { durable: new Map(), pending: new Map(), current: new Map() };
  #dead = false;

  constructor(folder: string, cutAt: number, half = false) {
    this.#folder = folder;
    this.#cutAt = cutAt;
    this.#half = half;
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) this.#keep(name);
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** True when this call is not made any more. */
  #cut(call: string): boolean {
    if (this.#dead) return true;
    this.calls += 1;
    this.log.push(call);
    this.#dead = this.calls === this.#cutAt;
    return this.#dead;
  }

  #nameOf(path: string): string {
    return path.slice(this.#folder.length + 1);
  }

  /** The content of a name is on disk for good. */
  #keep(name: string): void {
    try {
      const bytes = readFileSync(join(this.#folder, name));
      this.#model.durable.set(name, bytes);
      this.#model.current.set(name, bytes);
    } catch {
      // a folder
    }
  }

  async mkdir(path: string): Promise<void> {
    if (this.#dead) return never();
    await realFiles.mkdir(path);
  }

  readFile(path: string): Promise<Buffer> {
    return this.#dead ? never() : realFiles.readFile(path);
  }

  async open(path: string, flags: 'r' | 'r+' | 'wx'): Promise<DiskFile> {
    if (this.#cut(`open ${flags} ${this.#nameOf(path)}`)) return never();
    const file = await realFiles.open(path, flags);
    const name = this.#nameOf(path);
    const cut = (call: string): boolean => {
      const dead = this.#cut(`${call} ${name}`);
      if (dead && call !== 'write') void file.close(); // as the kernel does for a dead process
      return dead;
    };
    const synced = (): void => {
      this.#model.pending.delete(name);
      if (path === this.#folder) this.#folderSynced();
      else this.#model.current.set(name, readFileSync(path));
    };
    return {
      write: async (bytes, offset, length, position) => {
        const dead = cut('write');
        const kept = dead && this.#half ? length >> 1 : length;
        if (dead && !this.#half) {
          void file.close();
          return never();
        }
        const result = await file.write(bytes, offset, kept, position);
        const written = Buffer.from(bytes.subarray(offset, offset + kept));
        this.#model.pending.set(name, [
          ...(this.#model.pending.get(name) ?? []),
          { position, bytes: written },
        ]);
        if (!dead) return result;
        void file.close();
        return never();
      },
      datasync: async () => {
        if (cut('datasync')) return never();
        await file.datasync();
        synced();
        if (this.#model.durable.has(name)) this.#model.durable.set(name, readFileSync(path));
      },
      sync: async () => {
        if (cut('sync')) return never();
        await file.sync();
        synced();
        if (this.#model.durable.has(name)) this.#model.durable.set(name, readFileSync(path));
      },
      close: async () => {
        if (!this.#dead) return file.close();
        await never();
      },
    };
  }

  #folderSynced(): void {
    const names = readdirSync(this.#folder);
    for (const name of [...this.#model.durable.keys()])
      if (!names.includes(name)) this.#model.durable.delete(name);
    for (const name of names) {
      const synced = this.#model.current.get(name);
      if (synced !== undefined) this.#model.durable.set(name, synced);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.#cut(`rename ${this.#nameOf(from)}`)) return never();
    await realFiles.rename(from, to);
    this.#model.current.set(this.#nameOf(to), readFileSync(to));
  }

  async rm(path: string): Promise<void> {
    if (this.#cut(`rm ${this.#nameOf(path)}`)) return never();
    await realFiles.rm(path);
  }

  replaceSync(path: string, bytes: Uint8Array): void {
    realFiles.replaceSync(path, bytes);
    this.#keep(this.#nameOf(path));
  }

  discardSync(path: string, to: string): void {
    realFiles.discardSync(path, to);
  }

  /** The power goes, after the cut: leaves in the folder one of the things that may be left. `random`: [0, 1). */
  powerCut(random: () => number): void {
    const names = new Set([...readdirSync(this.#folder), ...this.#model.durable.keys()]);
    const left = new Map<string, Buffer>();
    for (const name of names) {
      const durable = this.#model.durable.get(name);
      const synced = this.#model.current.get(name);
      let there: Buffer | undefined;
      try {
        there = readFileSync(join(this.#folder, name));
      } catch {
        there = undefined; // removed, or a folder
      }
      if (
        durable !== undefined &&
        (there === undefined || (synced !== undefined && random() < 0.5 && !durable.equals(synced)))
      )
        left.set(name, durable); // the removal or the rename did not reach the disk
      else if (durable === undefined && random() < 0.5)
        continue; // nor did the new name
      else if (there !== undefined) left.set(name, this.#torn(name, there, durable, random));
    }
    rmSync(this.#folder, { recursive: true });
    mkdirSync(this.#folder);
    for (const [name, bytes] of left) writeFileSync(join(this.#folder, name), bytes);
  }

  /** What is there now, with any of the sectors that were written since the last sync as they were before. */
  #torn(name: string, now: Buffer, durable: Buffer | undefined, random: () => number): Buffer {
    const pending = this.#model.pending.get(name) ?? [];
    if (pending.length === 0) return now;
    const size = random() < 0.5 ? now.length : Math.max(durable?.length ?? 0, 0);
    const bytes = Buffer.alloc(Math.max(size, durable?.length ?? 0));
    now.copy(bytes);
    for (const { position, bytes: written } of pending)
      for (let at = position - (position % SECTOR); at < position + written.length; at += SECTOR) {
        if (at >= bytes.length || random() < 0.5) continue;
        const end = Math.min(at + SECTOR, bytes.length);
        bytes.fill(0, at, end);
        if (durable !== undefined && at < durable.length)
          durable.copy(bytes, at, at, Math.min(end, durable.length));
      }
    return bytes;
  }
}
