import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { WireUpdate } from '@perch/broker-bridge/protocol/messages.ts';
import type { Manifest } from '@perch/broker-bridge/release.ts';
import { endTrial, judgeBoot, putOnTrial, readBoot, writeBoot } from './boot-file.ts';
import { checkSpace, installRelease, keepReleases, releaseName, verifyObject } from './install.ts';
import { clearParts, journalled, PartFile } from './part-file.ts';
import { isFinal, planUpdate } from './plan.ts';
import { Transfer } from './transfer.ts';
import { block, loadUpdates, reportOf, saveUpdates, type UpdateMemory } from './update-file.ts';

/** Between tries of an update that failed for a reason that may pass, such as a full disk. */
export const UPDATE_RETRY_MS = { least: 60_000, most: 60 * 60_000 };
/** How often progress is told while an object comes. */
const PROGRESS_STEP = 10; // percent

export interface UpdaterOptions {
  state: string;
  platform: string;
  version: string;
  releaseKey: Uint8Array;
  random(): number;
  fetch(object: Uint8Array, frame: number, offsets: number[]): number | undefined;
  /** There is something to tell the server. */
  news(): void;
  /** The new release is in place: end, so that the launcher starts it. */
  restart(): void;
  note(text: string): void;
}

/** Takes an offered release from Version Mismatch to a restart into it, or says why not. */
export class Updater {
  readonly #o: UpdaterOptions;
  #memory: UpdateMemory;
  #transfer: Transfer | undefined;
  #manifest: Manifest | undefined;
  #percent: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tries = 0;
  /** This executable is on trial, or its proof is not written down yet. */
  #unproved = false;
  #proofFailed = false;
  #stopped = false;

  constructor(options: UpdaterOptions) {
    this.#o = options;
    this.#memory = loadUpdates(options.state);
    this.#settleBoot();
  }

  /** True while a release is on its way or on trial, so that the connection should be held. */
  get busy(): boolean {
    return this.#transfer !== undefined || this.#manifest !== undefined;
  }

  report(): WireUpdate | undefined {
    return reportOf(this.#memory, this.#percent);
  }

  /** For people. */
  status(): { state: string; name: string; code?: ErrorCode; percent?: number } | null {
    const { last } = this.#memory;
    if (last === undefined) return null;
    return {
      state: last.state,
      name: last.name,
      ...(last.code === undefined ? {} : { code: last.code }),
      ...(this.#percent === undefined ? {} : { percent: this.#percent }),
    };
  }

  /** Goes on with a transfer that a restart interrupted. */
  resume(): void {
    const release = journalled(this.#o.state);
    if (release !== undefined) {
      this.offer(release.manifest, release.signature);
      return;
    }
    // No longer on its way: while this board says that it has a release in hand, the server does not offer it.
    const { last, ...memory } = this.#memory;
    const settled = last?.sequence === memory.sequence || memory.blocked.includes(last?.sequence ?? 0);
    if (last !== undefined && !settled && !this.#unproved) this.#remember(memory);
  }

  /** Version Mismatch: what the server wants this board to run. */
  offer(manifestBytes: Uint8Array, signature: Uint8Array): void {
    const { state, platform, version, releaseKey, note } = this.#o;
    let plan: ReturnType<typeof planUpdate>;
    try {
      const { blocked } = this.#memory;
      // If another version runs by now, such as the packaged one, it has no sequence.
      const sequence = this.#memory.version === version ? this.#memory.sequence : 0;
      plan = planUpdate(manifestBytes, signature, { platform, version, releaseKey, sequence, blocked });
    } catch (error) {
      // Not authentic, so not a release: nothing to block and nobody to believe. Said, and forgotten.
      note(`an offered release is refused: ${(error as Error).message}`);
      return;
    }
    if (plan.do === 'nothing') {
      clearParts(state);
      return;
    }
    if (plan.do === 'decline') {
      const { last } = this.#memory;
      // What was given up keeps its reason.
      if (last?.sequence !== plan.sequence || last.state !== 'failed')
        this.#remember({
          ...this.#memory,
          last: { sequence: plan.sequence, name: '', state: 'failed', code: plan.code },
        });
      note(`release ${plan.sequence} is declined: ${plan.code}`);
      this.#o.news();
      return;
    }
    const { manifest } = plan;
    if (this.#manifest?.sequence === manifest.sequence) return; // in hand already
    this.#drop();
    this.#tries = 0;
    this.#manifest = manifest;
    this.#remember({
      ...this.#memory,
      last: { sequence: manifest.sequence, name: releaseName(manifest), state: 'fetching' },
    });
    note(`fetching release ${manifest.version} (${manifest.object.length} bytes)`);
    this.#o.news();
    void this.#attempt(manifest, { manifest: manifestBytes, signature });
  }

  takeFrame(offset: number, bytes: Uint8Array): void {
    this.#transfer?.take(offset, bytes);
  }

  fetchRefused(re: number, code: ErrorCode): void {
    this.#transfer?.refused(re, code);
  }

  /** There is a session again. */
  wake(): void {
    this.#transfer?.wake();
  }

  /** The server stored a report of this version: a release on trial has proved itself. */
  proved(): void {
    if (!this.#unproved) return;
    const { state, note, version } = this.#o;
    try {
      const boot = endTrial(readBoot(state));
      writeBoot(state, boot);
      keepReleases(state, [boot.current, boot.previous]);
      clearParts(state);
    } catch (error) {
      // The next report tries again; the launcher goes back if no disk ever takes it.
      if (!this.#proofFailed)
        note(`release ${version} works and stays on trial: ${(error as Error).message}`);
      this.#proofFailed = true;
      return;
    }
    this.#unproved = false;
    const { last } = this.#memory;
    if (last?.state === 'installed') this.#remember({ ...this.#memory, sequence: last.sequence, version });
    note(`release ${version} is in force`);
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  async #attempt(
    manifest: Manifest,
    release: { manifest: Uint8Array; signature: Uint8Array },
  ): Promise<void> {
    const { state } = this.#o;
    try {
      const part = new PartFile(state, manifest.object.length, release);
      try {
        checkSpace(state, manifest, Math.floor((part.book.percent / 100) * manifest.object.length));
        await this.#fetchObject(part, manifest);
      } finally {
        part.close();
      }
      if (this.#manifest !== manifest || this.#stopped) return;
      await verifyObject(part.path, manifest);
      const name = await installRelease(state, part.path, manifest);
      if (this.#manifest !== manifest || this.#stopped) return;
      const { last } = this.#memory;
      this.#remember({ ...this.#memory, last: { ...last!, state: 'installed' } });
      writeBoot(state, putOnTrial(readBoot(state), name));
      this.#o.note(`release ${manifest.version} is installed; starting it`);
      this.#o.restart();
    } catch (error) {
      if (this.#manifest === manifest && !this.#stopped) this.#failed(manifest, release, error);
    }
  }

  async #fetchObject(part: PartFile, manifest: Manifest): Promise<void> {
    const object = Buffer.from(manifest.object.sha256, 'hex');
    let told = 0;
    const transfer = new Transfer({
      part,
      random: this.#o.random,
      fetch: (frame, offsets) => this.#o.fetch(object, frame, offsets),
      progress: (percent) => {
        this.#percent = percent;
        if (percent < told + PROGRESS_STEP) return;
        told = percent;
        this.#o.news();
      },
    });
    this.#transfer = transfer;
    transfer.start();
    await transfer.done;
    this.#transfer = undefined;
  }

  #failed(
    manifest: Manifest,
    release: { manifest: Uint8Array; signature: Uint8Array },
    error: unknown,
  ): void {
    const { state, note, random, news } = this.#o;
    const code = error instanceof PerchError ? error.code : 'DISK';
    this.#tries += 1;
    note(`release ${manifest.version} failed: ${error instanceof Error ? error.message : String(error)}`);
    // Bytes that do not verify are fetched once more: the fault may have been on this disk.
    const damaged = code === 'WRONG_HASH' || code === 'WRONG_LENGTH';
    const again = damaged ? this.#tries < 2 : !isFinal(error);
    if (damaged) clearParts(state);
    let memory: UpdateMemory = {
      ...this.#memory,
      last: { sequence: manifest.sequence, name: releaseName(manifest), state: 'failed', code },
    };
    this.#transfer = undefined;
    if (again) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(
        () => void this.#attempt(manifest, release),
        damaged ? 0 : backoff(this.#tries, random(), UPDATE_RETRY_MS),
      );
    } else {
      memory = block(memory, manifest.sequence);
      this.#manifest = undefined;
      clearParts(state);
    }
    this.#remember(memory);
    news();
  }

  /** Takes note of what the launcher did with a release on trial. */
  #settleBoot(): void {
    const { state, version, note } = this.#o;
    try {
      const { onTrial, gaveUp, settled } = judgeBoot(readBoot(state), version);
      const { last } = this.#memory;
      const unwritten = last?.state === 'installed' && last.name === settled.current;
      this.#unproved = onTrial || (unwritten && last.sequence !== this.#memory.sequence);
      if (gaveUp === undefined) return;
      note(
        gaveUp.code === 'ROLLED_BACK'
          ? `release ${gaveUp.name} was tried and given up`
          : `release ${gaveUp.name} was to be tried and was not started; does perch-launcher start this agent?`,
      );
      if (last?.name === gaveUp.name)
        this.#remember(
          block({ ...this.#memory, last: { ...last, state: 'failed', code: gaveUp.code } }, last.sequence),
        );
      writeBoot(state, settled);
      keepReleases(state, [settled.current, settled.previous]);
    } catch (error) {
      note((error as Error).message);
    }
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#transfer?.stop();
    this.#transfer = undefined;
    this.#manifest = undefined;
    this.#percent = undefined;
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
