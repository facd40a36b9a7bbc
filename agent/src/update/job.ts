import { join } from 'node:path';
import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import type { Timers } from '../timers.ts';
import { readBoot } from './boot-file.ts';
import { checkFile, checkSpace, fileHash, installRelease, isInstalled, keepReleases } from './install.ts';
import { type Carrier, clearParts, journalled, PartFile } from './part-file.ts';
import { releaseName } from './release-name.ts';
import type { Route, Way } from './route.ts';
import { Transfer } from './transfer.ts';

/** Full forms of one release that may turn out bad before there is a long pause: each costs tens of megabytes. */
export const BAD_OBJECTS_LIMIT = 2;

export interface JobOptions {
  state: string;
  version: string;
  executable: string;
  route: Route;
  judge(target: ReleaseTarget): boolean;
  fetch(object: Uint8Array, frame: number, offsets: number[]): number | undefined;
  maxRate(): number | undefined;
  now(): number;
  timers: Timers;
  random(): number;
  progress(percent: number): void;
  note(text: string): void;
}

/** What says that an object is not what it should be, and not that something else failed. */
const BAD: ReadonlySet<ErrorCode> = new Set(['WRONG_HASH', 'WRONG_LENGTH', 'MALFORMED', 'TOO_LONG']);

/** Brings one release onto the disk: the way to it, its object, its executable. A new one goes on where the last was. */
export class Job {
  readonly #o: JobOptions;
  readonly #abort = new AbortController();
  #transfer: Transfer | undefined;
  #bad = 0;
  /** What is signed of the release, once that is known. */
  target: ReleaseTarget | undefined;

  constructor(options: JobOptions) {
    this.#o = options;
  }

  /** Every object that was tried was bad. */
  get badObjects(): boolean {
    return this.#bad >= BAD_OBJECTS_LIMIT;
  }

  take(re: number, offset: number, bytes: Uint8Array): void {
    this.#transfer?.take(re, offset, bytes);
  }

  refused(re: number, code: ErrorCode): void {
    this.#transfer?.refused(re, code);
  }

  wake(): void {
    this.#transfer?.wake();
  }

  stop(): void {
    this.#abort.abort();
    this.#transfer?.stop();
    this.#o.route.stop();
  }

  /** Resolves with the release when it is whole on disk, with undefined when it is not wanted; not at all after stop(). */
  async run(): Promise<ReleaseTarget | undefined> {
    // What the board runs by its hash: a disk that damaged it gets the full form.
    const running = await fileHash(this.#o.executable);
    let have = running?.sha256;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const way = await this.#find(have);
      if (way === undefined || signal.aborted) return undefined;
      try {
        await this.#bring(way);
        return way.target;
      } catch (error) {
        const code = error instanceof PerchError ? error.code : 'DISK';
        // The server no longer has that object: the next attempt asks what it has.
        if (code === 'UNKNOWN_OBJECT') clearParts(this.#o.state);
        if (!BAD.has(code)) throw error;
        clearParts(this.#o.state);
        // A patch that does not fit is followed by the full form, once more in case that this disk was at fault.
        if (way.carrier.base === undefined) this.#bad += 1;
        if (this.badObjects) throw error;
        this.#o.note(`the object of ${way.target.version} is bad: ${(error as Error).message}`);
        have = undefined;
      }
    }
    return undefined;
  }

  async #find(have: string | undefined): Promise<Way | undefined> {
    const { state, version, route } = this.#o;
    const known = route.known(version);
    const carrier = journalled(state);
    const judge = (target: ReleaseTarget): boolean => {
      this.target = target;
      return this.#o.judge(target);
    };
    if (known !== undefined && (isInstalled(state, known) || isFor(carrier, known, have)))
      return judge(known) ? { target: known, carrier: carrier ?? NOTHING } : undefined;
    return route.find(version, have, once(judge));
  }

  async #bring({ target, carrier }: Way): Promise<void> {
    const { state, executable, note } = this.#o;
    const { signal } = this.#abort;
    const name = releaseName(target);
    const boot = readBoot(state);
    // What a cut left of other releases must not take the room of this one.
    keepReleases(state, [boot.current, boot.previous, name]);
    if (isInstalled(state, target)) {
      try {
        return await checkFile(join(state, 'releases', name, 'perch-agent'), target, 'the release on disk');
      } catch (error) {
        note((error as Error).message);
        keepReleases(
          state,
          [boot.current, boot.previous].filter((one) => one !== name),
        );
        throw error;
      }
    }
    const part = new PartFile(state, carrier);
    try {
      checkSpace(state, target, carrier.length - part.book.bytes);
      await this.#pull(part, carrier);
    } finally {
      part.close();
    }
    await checkFile(part.path, { length: carrier.length, sha256: carrier.object }, 'the object');
    const base = carrier.base === undefined ? undefined : executable;
    await installRelease({ state, target, object: part.path, base, signal });
  }

  async #pull(part: PartFile, carrier: Carrier): Promise<void> {
    const object = Buffer.from(carrier.object, 'hex');
    this.#transfer = new Transfer({
      ...this.#o,
      part,
      fetch: (frame, offsets) => this.#o.fetch(object, frame, offsets),
    });
    this.#transfer.start();
    await this.#transfer.done;
    this.#transfer = undefined;
  }
}

/** Where nothing need travel, as the release is on disk already. */
const NOTHING: Carrier = { version: '', target: '', object: '', length: 1 };

/** The transfer that the journal tells of still leads to this release from what runs here. */
const isFor = (
  carrier: Carrier | undefined,
  target: ReleaseTarget,
  have: string | undefined,
): carrier is Carrier =>
  carrier !== undefined &&
  carrier.target === target.sha256 &&
  carrier.version === target.version &&
  (carrier.base === undefined || carrier.base === have);

/** The verdict does not change while the server makes an object. */
function once(judge: (target: ReleaseTarget) => boolean): (target: ReleaseTarget) => boolean {
  let verdict: boolean | undefined;
  return (target) => {
    verdict ??= judge(target);
    return verdict;
  };
}
