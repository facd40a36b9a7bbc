import type { Timers } from '../timers.ts';
import { type BootVerdict, endWatch, judgeBoot, prove, readBoot, writeBoot } from './boot-file.ts';
import { keepReleases } from './install.ts';

/** How long a release on trial must have run, beside a record of it being stored, before it has proved itself. */
export const PROVE_AFTER_MS = 60_000;
/** How long a release that proved itself must run without an end before it is no longer watched. */
export const WATCH_MS = 60 * 60_000;

export interface TrialOptions {
  state: string;
  /** Of the executable that runs. */
  version: string;
  timers: Timers;
  /** The release with this folder name has proved itself. */
  proved(name: string): void;
  note(text: string): void;
}

/** What a start finds in the boot file: whether this executable is on trial, and what was given up before. */
export class Trial {
  readonly #o: TrialOptions;
  #verdict: BootVerdict = { phase: 'settled', settled: {} };
  #readable = false;
  #stored = false;
  #ripe = false;
  #failed = false;
  #timer: unknown;

  constructor(options: TrialOptions) {
    this.#o = options;
    const { state, version, timers, note } = options;
    try {
      this.#verdict = judgeBoot(readBoot(state), version);
      this.#readable = true;
    } catch (error) {
      note((error as Error).message);
    }
    if (this.on)
      this.#timer = timers.set(() => {
        this.#ripe = true;
        this.#judge();
      }, PROVE_AFTER_MS);
    else if (this.#verdict.phase === 'watched') this.#watch();
  }

  get on(): boolean {
    return this.#verdict.phase === 'trial';
  }

  /** The release that proved itself and is watched still. */
  get watching(): string | undefined {
    return this.#verdict.phase === 'watched' ? this.#verdict.settled.current : undefined;
  }

  /** A release that was tried and given up; told until settle(). */
  get gaveUp(): BootVerdict['gaveUp'] {
    return this.#verdict.gaveUp;
  }

  /** What was given up is remembered: the boot file need not tell it again. */
  settle(): void {
    if (!this.#readable || this.gaveUp === undefined) return;
    const { settled } = this.#verdict;
    if (this.#write(settled)) keepReleases(this.#o.state, [settled.current, settled.previous]);
  }

  /** A record that this executable took is stored at the server. */
  stored(): void {
    this.#stored = true;
    this.#judge();
  }

  stop(): void {
    this.#o.timers.clear(this.#timer);
  }

  #judge(): void {
    if (!this.on || !this.#stored || !this.#ripe) return;
    const { state, version, note, proved } = this.#o;
    try {
      const boot = prove(readBoot(state));
      writeBoot(state, boot);
      this.#verdict = { phase: 'watched', settled: boot };
      note(`release ${version} is in force`);
      if (boot.current !== undefined) proved(boot.current);
      keepReleases(state, [boot.current, boot.previous]);
      this.#watch();
    } catch (error) {
      // The next record tries again; the launcher goes back if no disk ever takes it.
      if (!this.#failed) note(`release ${version} works and stays on trial: ${(error as Error).message}`);
      this.#failed = true;
    }
  }

  #watch(): void {
    this.#timer = this.#o.timers.set(() => {
      try {
        this.#write(endWatch(readBoot(this.#o.state)));
      } catch (error) {
        this.#o.note((error as Error).message); // it stays watched
      }
    }, WATCH_MS);
  }

  #write(boot: BootVerdict['settled']): boolean {
    try {
      writeBoot(this.#o.state, boot);
      return true;
    } catch (error) {
      this.#o.note((error as Error).message);
      return false;
    }
  }
}
