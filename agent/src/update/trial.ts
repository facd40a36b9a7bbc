import { type Boot, endTrial, judgeBoot, readBoot, writeBoot } from './boot-file.ts';
import { keepReleases, versionOf } from './install.ts';

/** How long a release on trial must have run, beside a record of it being stored, before it has proved itself. */
export const PROVE_AFTER_MS = 60_000;

export interface TrialOptions {
  state: string;
  /** Of the executable that runs. */
  version: string;
  /** The release with this folder name has proved itself, and the launcher no longer counts its starts. */
  proved(name: string): void;
  note(text: string): void;
}

/** What a start finds in the boot file: whether this executable is on trial, and what was given up before. */
export class Trial {
  /** A release that was tried and given up; told until settle(). */
  readonly gaveUp: { name: string; code: 'ROLLED_BACK' | 'DOES_NOT_START' } | undefined;
  readonly #o: TrialOptions;
  readonly #settled: Boot | undefined;
  #on = false;
  #stored = false;
  #ripe = false;
  #failed = false;
  #timer: NodeJS.Timeout | undefined;

  /** `unwritten`: the release whose proof was never written down, for a board that was cut off right then. */
  constructor(options: TrialOptions, unwritten: string | undefined) {
    this.#o = options;
    const { state, version, note } = options;
    try {
      const { onTrial, gaveUp, settled } = judgeBoot(readBoot(state), version);
      this.gaveUp = gaveUp;
      if (gaveUp !== undefined) this.#settled = settled;
      const isThis = unwritten !== undefined && versionOf(unwritten) === version;
      this.#on = onTrial || (isThis && settled.current === unwritten);
    } catch (error) {
      note((error as Error).message);
    }
    if (!this.#on) return;
    this.#timer = setTimeout(() => {
      this.#ripe = true;
      this.#judge();
    }, PROVE_AFTER_MS);
    this.#timer.unref();
  }

  get on(): boolean {
    return this.#on;
  }

  /** What was given up is remembered: the boot file need not tell it again. */
  settle(): void {
    if (this.#settled === undefined) return;
    const { state, note } = this.#o;
    try {
      writeBoot(state, this.#settled);
      keepReleases(state, [this.#settled.current, this.#settled.previous]);
    } catch (error) {
      note((error as Error).message);
    }
  }

  /** A record that this executable took is stored at the server. */
  stored(): void {
    this.#stored = true;
    this.#judge();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #judge(): void {
    if (!this.#on || !this.#stored || !this.#ripe) return;
    const { state, version, note, proved } = this.#o;
    try {
      const boot = endTrial(readBoot(state));
      writeBoot(state, boot);
      keepReleases(state, [boot.current, boot.previous]);
      this.#on = false;
      note(`release ${version} is in force`);
      if (boot.current !== undefined) proved(boot.current);
    } catch (error) {
      // The next record tries again; the launcher goes back if no disk ever takes it.
      if (!this.#failed) note(`release ${version} works and stays on trial: ${(error as Error).message}`);
      this.#failed = true;
    }
  }
}
