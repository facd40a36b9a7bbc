import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS, type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { sha256Hex } from '@perch/broker-bridge/release.ts';
import { packFiles } from '@perch/broker-bridge/update/metadata-blob.ts';
import { NOW } from '@perch/broker-bridge/update/testing/test-fleet.ts';
import type { Question } from '../../agent/src/update/asker.ts';
import { readBoot } from '../../agent/src/update/boot-file.ts';
import { Updater } from '../../agent/src/update/updater.ts';
import { fastNow, fastTimers } from './fast-timers.ts';
import type { ReleaseSet } from './release-set.ts';

/** What a server answers; a test may put a hostile one in its place. */
export interface UpdateServer {
  prepared(question: Question): Promise<Omit<MessageOf<'prepared'>, 'name' | 're'>>;
  frame(object: string, offset: number, length: number): Promise<Uint8Array>;
}

/** An honest server of a release set. */
export function honest(set: ReleaseSet): UpdateServer {
  return {
    async prepared({ version, have, ...versions }) {
      if (!set.releases.has(version)) throw new PerchError('NO_TARGET');
      const metadata = packFiles(set.fleet.answer(versions));
      const object = await set.object(version, have && Buffer.from(have).toString('hex'));
      return {
        ...(metadata.length === 0 ? {} : { metadata }),
        object: {
          sha256: Buffer.from(object.sha256, 'hex'),
          length: object.bytes.length,
          ...(object.patch ? { patch: true } : {}),
        },
      };
    },
    async frame(object, offset, length) {
      const made = (await set.made()).find((one) => one.sha256 === object);
      if (made === undefined) throw new PerchError('UNKNOWN_OBJECT');
      return made.bytes.subarray(offset, offset + length);
    },
  };
}

export interface BoardOptions {
  state: string;
  set: ReleaseSet;
  server: UpdateServer;
  /** The version that runs. */
  version: string;
  launched?: boolean;
  /** Unix ms; undefined for a board that does not know the time. */
  clock?: number | undefined;
  maxRate?: number;
}

/** Where the packaged executable of a test board lies. */
export const packagedOf = (state: string): string => join(state, 'packaged-agent');

/** A state folder whose packaged executable is a release of the set. */
export function install(state: string, set: ReleaseSet, version: string): void {
  mkdirSync(state, { recursive: true });
  copyFileSync(set.of(version).path, packagedOf(state));
}

/** The executable that a launcher would start in this state folder. */
export function currentExecutable(state: string, packaged: string = packagedOf(state)): string {
  const { current } = readBoot(state);
  const release = current && join(state, 'releases', current, 'perch-agent');
  return release && existsSync(release) ? release : packaged;
}

/** The real updater with a server of the test's own in place of the session; its timers run fast. */
export class UpdateBoard {
  readonly updater: Updater;
  readonly notes: string[] = [];
  readonly state: string;
  restarted = false;
  live = true;
  bytes = 0;
  asked = 0;
  #counter = 0;
  #over = false;

  constructor(options: BoardOptions) {
    const { state, set, version } = options;
    this.state = state;
    this.updater = new Updater({
      ...{ state, version, platform: 'linux-x64' },
      executable: currentExecutable(state),
      root: set.fleet.rootSha256,
      launched: options.launched ?? true,
      ...{ now: fastNow, timers: fastTimers, random: Math.random },
      clock: () => ('clock' in options ? options.clock : NOW),
      live: () => this.live,
      maxRate: () => options.maxRate,
      prepare: (question) => this.#prepare(options.server, question),
      fetch: (object, frame, offsets) =>
        this.#fetch(options.server, Buffer.from(object).toString('hex'), frame, offsets),
      news() {},
      restart: () => {
        this.restarted = true;
        this.stop();
      },
      note: (text) => this.notes.push(text),
    });
  }

  /** Ends without a word, as a kill would: what it does from now on reaches nobody. */
  stop(): void {
    this.#over = true;
    this.updater.stop();
  }

  /** Waits for a condition, at most `ms` of real time. */
  async until(what: string, holds: () => boolean, ms = 20_000): Promise<void> {
    const end = performance.now() + ms;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`no ${what}; notes: ${this.notes.join(' | ')}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** What the server would hear of the update. */
  get code(): ErrorCode | undefined {
    return this.updater.status()?.code;
  }

  #prepare(server: UpdateServer, question: Question): number | undefined {
    if (!this.live) return undefined;
    const re = this.#counter++;
    this.asked += 1;
    server.prepared(question).then(
      (answer) => !this.#over && this.updater.prepared({ name: 'prepared', re, ...answer }),
      (error) => this.#refuse(re, error),
    );
    return re;
  }

  #fetch(server: UpdateServer, object: string, frame: number, offsets: number[]): number | undefined {
    if (!this.live) return undefined;
    const re = this.#counter++;
    void this.#send(server, re, object, frame, offsets).catch((error) => this.#refuse(re, error));
    return re;
  }

  async #send(
    server: UpdateServer,
    re: number,
    object: string,
    frame: number,
    offsets: number[],
  ): Promise<void> {
    for (const offset of offsets) {
      const bytes = await server.frame(object, offset, frame);
      if (this.#over || !this.live) return;
      this.bytes += bytes.length;
      this.updater.takeFrame(re, offset, bytes);
    }
  }

  #refuse(re: number, error: unknown): void {
    if (this.#over) return; // such as that the folder of the test is gone
    const code = error instanceof PerchError ? error.code : undefined;
    if (code === undefined || !(code in ERRORS)) throw error;
    this.updater.requestRefused(re, code);
  }
}

/** The release that a launcher would start next, by its bytes; undefined when they are those of none. */
export function startsNext(state: string, set: ReleaseSet): string | undefined {
  const sha256 = sha256Hex(readFileSync(currentExecutable(state)));
  return [...set.releases.values()].find((one) => one.target.sha256 === sha256)?.version;
}
