import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { syncFolder } from '../key-files.ts';
import type { Release, Store, StoredObject } from '../store/contract.ts';
import { executablePath } from './executables.ts';
import { objectPath } from './object-store.ts';

/** Patches of a release are made on so many releases before it, unless told otherwise. */
export const PATCH_BASES = 5;
/** Releases of a platform whose objects are kept; for an older one they are made anew when a board asks. */
export const OBJECTS_KEPT = 6;
/** How long a board should wait before it asks again for an object that is being made, ms. */
export const MAKING_WAIT_MS = 10_000;
/** A failure to make an object is not repeated before this long, ms. */
export const FAILURE_REST_MS = 10 * 60_000;

export interface MakeRequest {
  /** Path of the executable that boards run; undefined for the full form. */
  base: string | undefined;
  /** Path of the executable that they should run. */
  target: string;
  out: string;
  signal: AbortSignal;
  progress(done: number, total: number): void;
}

export interface ObjectMakerOptions {
  store: Store;
  dataDir: string;
  /** Makes a patch or a full form, away from the event loop. */
  make(request: MakeRequest): Promise<void>;
  patchBases?: number;
  now(): number; // Unix ms
  note(text: string, level: 'info' | 'error'): void;
}

/** What to do for a board that wants a release: an object, or wait until it is made. */
export type Found = { object: StoredObject } | { wait: number };

interface Task {
  target: Release;
  base: Release | undefined;
}

const keyOf = (target: string, base: string): string => `${target} ${base}`;
const taskKey = ({ target, base }: Task): string => keyOf(target.sha256, base?.sha256 ?? '');

/** The objects that releases need, newest releases first. Pure. */
export function wantedObjects(releases: readonly Release[], patchBases: number): Task[] {
  const platforms = [...new Set(releases.map(({ platform }) => platform))];
  return platforms.flatMap((platform) => {
    const [target, ...earlier] = releases
      .filter((release) => release.platform === platform)
      .sort((a, b) => b.sequence - a.sequence);
    if (target === undefined) return [];
    const bases = earlier.slice(0, patchBases);
    return [...bases.map((base) => ({ target, base })), { target, base: undefined }];
  });
}

/**
 * Makes what carries releases to boards, one object at a time, and knows what there is. Bounded: a task is in the queue
 * once, and there are no more of them than releases times bases.
 */
export class ObjectMaker {
  readonly #o: ObjectMakerOptions;
  readonly #objects = new Map<string, StoredObject>();
  #releases: Release[] = [];
  readonly #queue = new Map<string, Task>();
  /** When making it failed, Unix ms. */
  readonly #failed = new Map<string, number>();
  #working: { task: Task; abort: AbortController; done: Promise<void> } | undefined;
  #percent = 0;
  #closed = false;

  private constructor(options: ObjectMakerOptions) {
    this.#o = options;
  }

  static async start(options: ObjectMakerOptions): Promise<ObjectMaker> {
    const maker = new ObjectMaker(options);
    await mkdir(join(options.dataDir, 'objects'), { recursive: true, mode: 0o700 });
    await removeLeftovers(options.dataDir);
    for (const object of await options.store.objects()) {
      // Objects can be made again: one whose file is lost is no reason to fail.
      const file = await stat(objectPath(options.dataDir, object.sha256)).catch(() => undefined);
      if (file?.size === object.length) maker.#keep(object);
      else await options.store.removeObject(object.targetSha256, object.baseSha256);
    }
    await maker.refresh();
    return maker;
  }

  /** Releases came or went: queues what is missing, removes what is no longer of use. */
  async refresh(): Promise<void> {
    this.#releases = await this.#o.store.releases();
    for (const task of wantedObjects(this.#releases, this.#bases)) this.#enqueue(task, false);
    await this.#prune();
    this.#next();
  }

  get #bases(): number {
    return this.#o.patchBases ?? PATCH_BASES;
  }

  /** What carries `target` to a board that runs the executable `have` (hex), or how long to wait for it. */
  find(target: Release, have: string | undefined): Found {
    const base = this.#releases.find(
      ({ platform, sha256 }) => platform === target.platform && sha256 === have && sha256 !== target.sha256,
    );
    const full = this.#objects.get(keyOf(target.sha256, ''));
    const patch = base && this.#objects.get(keyOf(target.sha256, base.sha256));
    if (patch !== undefined) return { object: full && full.length < patch.length ? full : patch };
    const task = { target, base: base !== undefined && this.#mayMake(target, base) ? base : undefined };
    const object = task.base === undefined ? full : undefined;
    if (object !== undefined) return { object };
    this.#enqueue(task, true);
    this.#next();
    return { wait: MAKING_WAIT_MS };
  }

  /** An object by its hash (hex), and the platform that it is for. */
  object(sha256: string): { object: StoredObject; platform: string } | undefined {
    for (const object of this.#objects.values()) {
      if (object.sha256 !== sha256) continue;
      const release = this.#releases.find((one) => one.sha256 === object.targetSha256);
      if (release !== undefined) return { object, platform: release.platform };
    }
    return undefined;
  }

  /** For people: what is being made, and what waits. */
  status(): { making: string | null; percent: number; waiting: number } {
    const making = this.#working && textOf(this.#working.task);
    return { making: making ?? null, percent: this.#percent, waiting: this.#queue.size };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue.clear();
    this.#working?.abort.abort();
    await this.#working?.done;
  }

  /** A patch on a release that is not too old, unless making it failed lately. */
  #mayMake(target: Release, base: Release): boolean {
    const older = this.#releases
      .filter(({ platform, sha256 }) => platform === target.platform && sha256 !== target.sha256)
      .sort((a, b) => Math.abs(a.sequence - target.sequence) - Math.abs(b.sequence - target.sequence));
    return older.indexOf(base) < this.#bases && !this.#rests(taskKey({ target, base }));
  }

  #rests(key: string): boolean {
    const at = this.#failed.get(key);
    return at !== undefined && this.#o.now() - at < FAILURE_REST_MS;
  }

  #enqueue(task: Task, first: boolean): void {
    const key = taskKey(task);
    const underWay = this.#working !== undefined && taskKey(this.#working.task) === key;
    if (this.#objects.has(key) || underWay || this.#rests(key)) return;
    if (!first) {
      if (!this.#queue.has(key)) this.#queue.set(key, task);
      return;
    }
    const rest = [...this.#queue].filter(([other]) => other !== key);
    this.#queue.clear();
    for (const [other, each] of [[key, task] as const, ...rest]) this.#queue.set(other, each);
  }

  #next(): void {
    if (this.#working !== undefined || this.#closed) return;
    const [key, task] = this.#queue.entries().next().value ?? [];
    if (key === undefined || task === undefined) return;
    this.#queue.delete(key);
    const abort = new AbortController();
    const done = this.#make(task, abort.signal).finally(() => {
      this.#working = undefined;
      this.#next();
    });
    this.#working = { task, abort, done };
  }

  async #make(task: Task, signal: AbortSignal): Promise<void> {
    const { dataDir, store, make, now, note } = this.#o;
    const out = join(dataDir, 'objects', `${randomBytes(8).toString('hex')}.tmp`);
    const started = now();
    this.#percent = 0;
    try {
      await make({
        base: task.base && executablePath(dataDir, task.base.sha256),
        target: executablePath(dataDir, task.target.sha256),
        out,
        signal,
        progress: (part, total) => {
          this.#percent = total > 0 ? Math.floor((100 * part) / total) : 0;
        },
      });
      const object = await this.#place(task, out);
      await store.addObject(object);
      this.#keep(object);
      this.#failed.delete(taskKey(task));
      note(
        `${textOf(task)} is made: ${object.length} bytes in ${((now() - started) / 1000).toFixed(1)} s`,
        'info',
      );
    } catch (error) {
      if (signal.aborted) return;
      this.#failed.set(taskKey(task), now());
      note(`${textOf(task)} could not be made: ${(error as PerchError).message}`, 'error');
    } finally {
      await rm(out, { force: true });
    }
  }

  async #place({ target, base }: Task, made: string): Promise<StoredObject> {
    const { dataDir, now } = this.#o;
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of createReadStream(made)) {
      hash.update(chunk as Buffer);
      length += (chunk as Buffer).length;
    }
    const sha256 = hash.digest('hex');
    const file = await open(made, 'r+');
    await file.sync().finally(() => file.close());
    await rename(made, objectPath(dataDir, sha256));
    await syncFolder(join(dataDir, 'objects'));
    return { targetSha256: target.sha256, baseSha256: base?.sha256 ?? '', sha256, length, created: now() };
  }

  #keep(object: StoredObject): void {
    this.#objects.set(keyOf(object.targetSha256, object.baseSha256), object);
  }

  /** Objects of releases that are neither new nor wanted go, with their files. */
  async #prune(): Promise<void> {
    const { dataDir, store } = this.#o;
    const kept = new Set<string>();
    for (const release of this.#releases) {
      const newer = this.#releases.filter(
        ({ platform, sequence }) => platform === release.platform && sequence > release.sequence,
      );
      if (newer.length < OBJECTS_KEPT) kept.add(release.sha256);
    }
    for (const object of [...this.#objects.values()]) {
      if (kept.has(object.targetSha256)) continue;
      this.#objects.delete(keyOf(object.targetSha256, object.baseSha256));
      await store.removeObject(object.targetSha256, object.baseSha256);
      const shared = [...this.#objects.values()].some(({ sha256 }) => sha256 === object.sha256);
      if (!shared) await rm(objectPath(dataDir, object.sha256), { force: true });
    }
  }
}

const textOf = ({ target, base }: Task): string =>
  base === undefined
    ? `the full form of ${target.version} for ${target.platform}`
    : `the patch from ${base.version} to ${target.version} for ${target.platform}`;

async function removeLeftovers(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'objects');
  for (const name of await readdir(folder))
    if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
}
