import { ERRORS, type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { UpdateState, WireUpdate } from '@perch/broker-bridge/protocol/messages.ts';
import { claimedSequence, type Manifest } from '@perch/broker-bridge/release.ts';
import { putOnTrial, readBoot, writeBoot } from './boot-file.ts';
import { checkSpace, installRelease, keepReleases, releaseName, verifyObject } from './install.ts';
import { clearParts, journalled, PartFile } from './part-file.ts';
import { type Plan, planUpdate, retryAfter } from './plan.ts';
import { Transfer } from './transfer.ts';
import { Trial } from './trial.ts';
import { block, loadUpdates, reportOf, saveUpdates, type UpdateMemory } from './update-file.ts';

/** How often progress is told while an object comes. */
const PROGRESS_STEP = 10; // percent

export interface UpdaterOptions {
  state: string;
  platform: string;
  version: string;
  releaseKey: Uint8Array;
  /** The launcher started this agent with the same state folder. */
  launched: boolean;
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
  readonly #trial: Trial;
  #memory: UpdateMemory;
  #transfer: Transfer | undefined;
  #manifest: Manifest | undefined;
  #percent: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tries = 0;
  #working = false;
  #stopped = false;

  constructor(options: UpdaterOptions) {
    this.#o = options;
    this.#memory = loadUpdates(options.state);
    const { state, version, note } = options;
    this.#trial = new Trial(
      { state, version, note, proved: (name) => this.#proved(name) },
      this.#memory.tried?.name,
    );
    this.#noteGivenUp();
  }

  /** True while a release is on its way, so that the connection should be held. */
  get busy(): boolean {
    return this.#working;
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
    const settled = [memory.inForce?.sequence, ...memory.blocked].includes(last?.sequence);
    if (last !== undefined && !settled && !this.#trial.on) this.#remember(memory);
  }

  /** Version Mismatch: what the server wants this board to run. */
  offer(manifestBytes: Uint8Array, signature: Uint8Array): void {
    const plan = this.#plan(manifestBytes, signature);
    if (plan === undefined) return;
    if (plan.do === 'nothing') {
      clearParts(this.#o.state);
      return;
    }
    if (plan.do === 'decline') {
      this.#decline(plan.sequence, plan.code);
      return;
    }
    const { manifest } = plan;
    if (this.#manifest?.sequence === manifest.sequence) return; // in hand already
    this.#drop();
    this.#tries = 0;
    this.#manifest = manifest;
    this.#tell(manifest, 'fetching');
    this.#o.note(`fetching release ${manifest.version} (${manifest.object.length} bytes)`);
    this.#o.news();
    void this.#attempt(manifest, { manifest: manifestBytes, signature });
  }

  /** What to do about an offer; undefined for bytes that name no release at all. */
  #plan(manifest: Uint8Array, signature: Uint8Array): Plan | undefined {
    const { platform, version, releaseKey, launched } = this.#o;
    const { blocked, inForce } = this.#memory;
    // If another version runs by now, such as the packaged one, it has no sequence.
    const sequence = inForce?.version === version ? inForce.sequence : 0;
    try {
      return planUpdate(manifest, signature, {
        platform,
        version,
        releaseKey,
        sequence,
        blocked,
        launched,
      });
    } catch (error) {
      const code = error instanceof PerchError ? error.code : 'MALFORMED';
      const claimed = claimedSequence(manifest);
      this.#o.note(`an offered release is refused: ${(error as Error).message}`);
      return claimed === undefined ? undefined : { do: 'decline', sequence: claimed, code };
    }
  }

  /** Said to the server, or it would offer the release for ever. */
  #decline(sequence: number, code: ErrorCode): void {
    const { last } = this.#memory;
    // What was given up keeps its reason.
    if (last?.sequence !== sequence || last.state !== 'failed')
      this.#remember({ ...this.#memory, last: { sequence, name: '', state: 'failed', code } });
    this.#o.note(`release ${sequence} is declined: ${ERRORS[code].what}`);
    this.#o.news();
  }

  takeFrame(re: number, offset: number, bytes: Uint8Array): void {
    this.#transfer?.take(re, offset, bytes);
  }

  fetchRefused(re: number, code: ErrorCode): void {
    this.#transfer?.refused(re, code);
  }

  /** There is a session again. */
  wake(): void {
    this.#transfer?.wake();
  }

  /** The server stored a record of this version. */
  stored(): void {
    this.#trial.stored();
  }

  stop(): void {
    this.#stopped = true;
    this.#trial.stop();
    this.#drop();
  }

  async #attempt(
    manifest: Manifest,
    release: { manifest: Uint8Array; signature: Uint8Array },
  ): Promise<void> {
    const { state } = this.#o;
    this.#working = true;
    try {
      // What a cut left of other releases must not take the room of this one.
      const boot = readBoot(state);
      keepReleases(state, [boot.current, boot.previous]);
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
      const { version, sequence } = manifest;
      this.#memory = { ...this.#memory, tried: { name, version, sequence } };
      this.#tell(manifest, 'installed');
      writeBoot(state, putOnTrial(boot, name));
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
    this.#working = false;
    this.#transfer = undefined;
    note(`release ${manifest.version} failed: ${error instanceof Error ? error.message : String(error)}`);
    const after = retryAfter(code, this.#tries, random());
    if (code === 'WRONG_HASH' || code === 'WRONG_LENGTH' || after === undefined) clearParts(state);
    if (after !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#attempt(manifest, release), after);
    } else {
      this.#memory = block(this.#memory, manifest.sequence);
      this.#manifest = undefined;
    }
    this.#tell(manifest, 'failed', code);
    news();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#transfer?.stop();
    this.#transfer = undefined;
    this.#manifest = undefined;
    this.#percent = undefined;
    this.#working = false;
  }

  #noteGivenUp(): void {
    const { gaveUp } = this.#trial;
    if (gaveUp === undefined) return;
    this.#o.note(
      gaveUp.code === 'ROLLED_BACK'
        ? `release ${gaveUp.name} was tried and given up`
        : `release ${gaveUp.name} was to be tried and was not started; does perch-launcher start this agent?`,
    );
    const { tried, inForce } = this.#memory;
    const known = [tried, inForce].find((one) => one?.name === gaveUp.name);
    if (known !== undefined) {
      const { name, sequence } = known;
      const last = { sequence, name, state: 'failed', code: gaveUp.code } as const;
      this.#remember({ ...block(this.#memory, sequence), last });
    }
    this.#trial.settle();
  }

  #proved(name: string): void {
    clearParts(this.#o.state);
    const { tried, ...memory } = this.#memory;
    if (tried?.name === name) this.#remember({ ...memory, inForce: tried });
  }

  /** How far a release is, for the server. */
  #tell(manifest: Manifest, state: UpdateState, code?: ErrorCode): void {
    const last = { sequence: manifest.sequence, name: releaseName(manifest), state };
    this.#remember({ ...this.#memory, last: code === undefined ? last : { ...last, code } });
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
