import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { MessageOf, UpdateState, WireUpdate } from '@perch/broker-bridge/protocol/messages.ts';
import type { ReleaseTarget } from '@perch/broker-bridge/update/release-target.ts';
import type { Timers } from '../timers.ts';
import type { Question } from './asker.ts';
import { putOnTrial, readBoot, writeBoot } from './boot-file.ts';
import { keepConfig } from './config-snapshot.ts';
import { Job } from './job.ts';
import { clearParts, journalled } from './part-file.ts';
import { BAD_OBJECTS_RETRY_MS, isFinal, planUpdate, retryAfter } from './plan.ts';
import { releaseName } from './release-name.ts';
import { Route } from './route.ts';
import { Trial } from './trial.ts';
import { loadTrust } from './trust-file.ts';
import { block, loadUpdates, reportOf, saveUpdates, type UpdateMemory } from './update-file.ts';
import { afterGivingUp } from './verdict.ts';

/** How often progress is told while an object comes: each step is a write to the server's database. */
const PROGRESS_STEP = 10; // percent
const stepOf = (percent: number): number => PROGRESS_STEP * Math.floor(percent / PROGRESS_STEP);

export interface UpdaterOptions {
  state: string;
  platform: string;
  version: string;
  /** Path of the executable that runs: what patches are made on. */
  executable: string;
  /** SHA-256 of the first root, which the enrolment pins. */
  root: Uint8Array;
  /** The launcher started this agent with the same state folder. */
  launched: boolean;
  now(): number; // monotonic ms
  timers: Timers;
  random(): number;
  /** Unix ms, when the board knows the time. */
  clock(): number | undefined;
  /** There is a session with the server. */
  live(): boolean;
  /** Bytes per second that the config allows an update. */
  maxRate(): number | undefined;
  prepare(question: Question): number | undefined;
  fetch(object: Uint8Array, frame: number, offsets: number[]): number | undefined;
  /** There is something to tell the server. */
  news(): void;
  /** The new release is in place: end, so that the launcher starts it. */
  restart(): void;
  note(text: string): void;
}

/** Takes a release that Version Mismatch named to a restart into it, or says why not. */
export class Updater {
  readonly #o: UpdaterOptions;
  readonly #trial: Trial;
  readonly #route: Route;
  #memory: UpdateMemory;
  #job: Job | undefined;
  #percent: number | undefined;
  #timer: unknown;
  /** The release in hand, and how often it failed since this start. */
  #wanted: { version: string; tries: number } | undefined;
  #awaitingLink: (() => void) | undefined;
  #stopped = false;

  constructor(options: UpdaterOptions) {
    this.#o = options;
    const { state } = options;
    this.#memory = loadUpdates(state);
    this.#route = new Route({ ...options, memory: loadTrust(state) });
    this.#trial = new Trial({ ...options, proved: (name) => this.#proved(name) });
    this.#noteGivenUp();
    const { tried } = this.#memory;
    // The power went between the proof and the note of it.
    if (tried !== undefined && this.#trial.watching === tried.name) this.#proved(tried.name);
  }

  /** True while a release is on its way, so that the connection should be held. */
  get busy(): boolean {
    return this.#job !== undefined;
  }

  report(): WireUpdate | undefined {
    return reportOf(this.#memory, this.#percent === undefined ? undefined : stepOf(this.#percent));
  }

  /** For people. */
  status(): {
    state: UpdateState | 'on trial';
    version: string;
    code?: ErrorCode;
    detail?: string;
    percent?: number;
  } | null {
    const { last } = this.#memory;
    if (this.#trial.on) return { state: 'on trial', version: this.#o.version };
    if (last === undefined) return null;
    const { sequence: _, ...shown } = last;
    return this.#percent === undefined ? shown : { ...shown, percent: this.#percent };
  }

  /** Goes on with a transfer that a restart interrupted, or with a release that is to be tried again. */
  resume(): void {
    const { last, ...memory } = this.#memory;
    const carrier = journalled(this.#o.state);
    if (this.#trial.on) return;
    if (last?.state === 'failed' && last.code !== undefined) {
      if (isFinal(last.code) || memory.blocked.includes(last.sequence)) return;
      this.#wanted = { version: last.version, tries: 1 };
      this.#later(last.version, retryAfter(last.code, 1, this.#o.random()) ?? 0);
    } else if (carrier !== undefined) this.offer(carrier.version);
    // No longer on its way: while this board says that it has a release in hand, the server does not name it.
    else if (last !== undefined && memory.inForce?.sequence !== last.sequence) this.#remember(memory);
  }

  /** Version Mismatch: what the server wants this board to run. */
  offer(version: string): void {
    if (this.#stopped || this.#wanted?.version === version || this.#trial.on) return;
    this.#drop();
    this.#wanted = { version, tries: 0 };
    this.#attempt(version);
  }

  prepared(message: MessageOf<'prepared'>): void {
    this.#route.answered(message);
  }

  takeFrame(re: number, offset: number, bytes: Uint8Array): void {
    this.#job?.take(re, offset, bytes);
  }

  requestRefused(re: number, code: ErrorCode): void {
    this.#route.refused(re, code);
    this.#job?.refused(re, code);
  }

  /** There is a session again. */
  wake(): void {
    this.#route.wake();
    this.#job?.wake();
    this.#awaitingLink?.();
  }

  /** The server stored a record of this version. */
  stored(): void {
    this.reached('a record was stored');
    this.#trial.stored();
  }

  /** How far a release on trial came, for those who wonder why it was given up. Written once for each step. */
  reached(step: string): void {
    const { tried } = this.#memory;
    if (!this.#trial.on || tried === undefined || tried.reached === step) return;
    this.#remember({ ...this.#memory, tried: { ...tried, reached: step } });
  }

  stop(): void {
    this.#stopped = true;
    this.#trial.stop();
    this.#drop();
  }

  #attempt(version: string): void {
    const job = new Job({
      ...this.#o,
      version,
      route: this.#route,
      judge: (target) => this.#judge(target),
      progress: (percent) => this.#progress(percent),
    });
    this.#job = job;
    job.run().then(
      (target) => {
        if (target !== undefined && this.#job === job) void this.#installed(target);
      },
      (error) => {
        if (this.#job === job) this.#failed(version, job, error);
      },
    );
  }

  /** Whether to go on with what is signed. */
  #judge(target: ReleaseTarget): boolean {
    const { version, launched, note } = this.#o;
    const { blocked, inForce } = this.#memory;
    // If another version runs by now, such as the packaged one, it has no sequence.
    const sequence = inForce?.version === version ? inForce.sequence : 0;
    const plan = planUpdate(target, { version, sequence, blocked, launched });
    if (plan.do === 'install') {
      this.#tell(target, 'fetching');
      note(`fetching release ${target.version}`);
      this.#o.news();
      return true;
    }
    // Whoever names it again may have more that is signed, such as the way back.
    this.#job = undefined;
    this.#wanted = undefined;
    if (plan.do === 'nothing') {
      clearParts(this.#o.state);
      return false;
    }
    // Said to the server, or it would name the release for ever. What was given up keeps its reason.
    const { last } = this.#memory;
    if (last?.sequence !== target.sequence || last.state !== 'failed')
      this.#tell(target, 'failed', plan.code, plan.detail);
    note(`release ${target.version} is declined: ${plan.detail}`);
    this.#o.news();
    return false;
  }

  #progress(percent: number): void {
    const told = this.#percent ?? 0;
    if (percent === this.#percent) return;
    this.#percent = percent;
    if (stepOf(percent) > stepOf(told)) this.#o.news();
  }

  /** It is whole on disk. The trial begins with a link, so that a release is not judged by one that was down before. */
  async #installed(target: ReleaseTarget): Promise<void> {
    const { state, live, note, restart } = this.#o;
    const job = this.#job;
    if (!live()) {
      note(`release ${target.version} is installed and waits for the link`);
      await new Promise<void>((resolve) => {
        this.#awaitingLink = resolve;
      });
      this.#awaitingLink = undefined;
    }
    if (this.#job !== job || this.#stopped) return;
    try {
      const { sequence, version } = target;
      const name = releaseName(target);
      const trials = this.#memory.tried?.name === name ? this.#memory.tried.trials + 1 : 1;
      keepConfig(state, name);
      this.#memory = { ...this.#memory, tried: { name, version, sequence, trials } };
      this.#tell(target, 'installed');
      writeBoot(state, putOnTrial(readBoot(state), name));
    } catch (error) {
      this.#failed(target.version, job!, error);
      return;
    }
    note(`release ${target.version} is installed; starting it`);
    restart();
  }

  #failed(version: string, job: Job, error: unknown): void {
    if (this.#stopped) return;
    const { note, random, news } = this.#o;
    const code = error instanceof PerchError ? error.code : 'DISK';
    const text = error instanceof Error ? error.message : String(error);
    const tries = (this.#wanted?.tries ?? 0) + 1;
    this.#wanted = { version, tries };
    this.#job = undefined;
    this.#percent = undefined;
    note(`release ${version} failed: ${text}`);
    // Objects are not signed: that they are bad is the fault of whoever sent them, and never blocks a release.
    const after = job.badObjects
      ? backoff(tries - 1, random(), BAD_OBJECTS_RETRY_MS)
      : retryAfter(code, tries, random());
    if (job.target !== undefined && after === undefined)
      this.#memory = block(this.#memory, job.target.sequence);
    this.#tell(job.target ?? { sequence: 0, version }, 'failed', code, text);
    if (after !== undefined) this.#later(version, after);
    else {
      this.#wanted = undefined;
      clearParts(this.#o.state);
    }
    news();
  }

  #later(version: string, ms: number): void {
    const { timers } = this.#o;
    timers.clear(this.#timer);
    this.#timer = timers.set(() => this.#attempt(version), ms);
  }

  #drop(): void {
    this.#o.timers.clear(this.#timer);
    this.#job?.stop();
    this.#job = undefined;
    this.#wanted = undefined;
    this.#percent = undefined;
    this.#awaitingLink?.();
  }

  #noteGivenUp(): void {
    const { gaveUp } = this.#trial;
    if (gaveUp === undefined) return;
    const memory = afterGivingUp(this.#memory, gaveUp);
    this.#o.note(`rolled back: ${memory.last?.detail}`);
    this.#remember(memory);
    this.#trial.settle();
  }

  #proved(name: string): void {
    clearParts(this.#o.state);
    const { tried, ...memory } = this.#memory;
    if (tried?.name !== name) return;
    const { trials: _, reached: __, ...inForce } = tried;
    this.#remember({ ...memory, inForce });
  }

  /** How far a release is, for the server. */
  #tell(
    { sequence, version }: { sequence: number; version: string },
    state: UpdateState,
    code?: ErrorCode,
    detail?: string,
  ): void {
    const last = {
      ...{ sequence, version, state },
      ...(code === undefined ? {} : { code }),
      ...(detail === undefined ? {} : { detail }),
    };
    this.#remember({ ...this.#memory, last });
  }

  /** A disk that cannot be written must not stop the agent: the memory then lasts until the next restart. */
  #remember(memory: UpdateMemory): void {
    this.#memory = memory;
    try {
      saveUpdates(this.#o.state, memory);
    } catch (error) {
      this.#o.note((error as Error).message);
    }
  }
}
