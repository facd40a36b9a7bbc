import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Asker } from '../../agent/src/update/asker.ts';
import { type Carrier, clearParts, PartFile } from '../../agent/src/update/part-file.ts';
import { Transfer } from '../../agent/src/update/transfer.ts';
import type { Enrolment } from '../../broker-bridge/src/enrolment.ts';
import { type ErrorCode, errorCodeOf, PerchError } from '../../broker-bridge/src/protocol/errors.ts';
import { UPDATE_STATES, type WireUpdate } from '../../broker-bridge/src/protocol/messages.ts';
import { SAMPLE_BOARDS, wireValues } from './sample-values.ts';
import { SimulatedBoard, type UpdateMessage } from './simulated-board.ts';

/** What every board of the fleet is to pull, again and again. */
export interface Pull {
  /** SHA-256 of the executable that runs, for a patch on it; undefined for the full form. */
  have: string | undefined;
  /** Bytes after which a pull counts as done. */
  limit: number;
  /** Bytes per second, as `updates.maxRate` of a config sets it. */
  maxRate: number | undefined;
}

/** The release that the boards are led to. */
export interface Goal {
  sequence: number;
  sha256: string;
  /** SHA-256 (hex) of the first bytes of an object that the server holds. */
  hashOf(object: string, length: number): string;
}

const PERIOD_MS = 1000;
const FETCHING = UPDATE_STATES.indexOf('fetching');
const { values } = SAMPLE_BOARDS.find((sample) => sample.name === 'default config')!;
const timers = {
  set: (run: () => void, ms: number) => setTimeout(run, ms),
  clear: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout | undefined),
};

/**
 * A board that reports and updates with the agent's own transfer, into a folder of its own. While it has something to pull, the
 * Version Mismatch that its report gets begins a pull, as does the next one when that is done.
 */
export class UpdatingBoard {
  /** What came so far. `frameBytes` counts a frame that came twice twice. */
  readonly counters = { pulls: 0, asked: 0, frames: 0, frameBytes: 0, refused: 0 };
  /** What went wrong for good. */
  fault: Error | undefined;
  readonly #board: SimulatedBoard;
  readonly #folder: string;
  readonly #goal: Goal;
  readonly #asker: Asker;
  #pull: Pull | undefined;
  #transfer: Transfer | undefined;
  #busy = false;
  /** What reports say; without it, the server offers the release. */
  #told: WireUpdate | undefined;
  #n = 0;

  constructor(enrolment: Enrolment, platform: string, folder: string, goal: Goal) {
    this.#folder = folder;
    this.#goal = goal;
    this.#board = new SimulatedBoard({
      enrolment,
      platform,
      onUpdate: (message) => this.#take(message),
    });
    this.#asker = new Asker({
      // Nothing is trusted yet, so the answer brings all metadata, as it does to a board after months.
      prepare: (question) => this.#board.request({ name: 'prepare', ...question }),
      timers,
      random: Math.random,
    });
    this.#told = this.#inHand(100);
  }

  start(): Promise<void> {
    return this.#board.start();
  }

  /** One record; resolves when it is stored. Rejects when the server does not say so in time. */
  async report(): Promise<void> {
    const record = this.#board.record(wireValues(values(this.#n++)), Date.now(), PERIOD_MS);
    await this.#board.send([record], this.#told);
  }

  /** The next report says nothing of an update, so that the server offers it. */
  beginUpdates(pull: Pull): void {
    this.#pull = pull;
    this.#told = undefined;
  }

  /** Leaves off where it is. What was asked for may still come. */
  endUpdates(): void {
    this.#pull = undefined;
    this.#transfer?.stop();
    this.#asker.stop();
    this.#transfer = undefined;
    this.#busy = false;
    this.#told = this.#inHand(100);
  }

  async close(): Promise<void> {
    this.endUpdates();
    await this.#board.close();
  }

  #inHand(percent: number): WireUpdate {
    return { sequence: this.#goal.sequence, state: FETCHING, percent };
  }

  #take(message: UpdateMessage): void {
    switch (message.name) {
      case 'versionMismatch':
        if (this.#pull === undefined || this.#busy) return;
        this.#busy = true;
        this.#told = this.#inHand(0);
        this.#update(this.#pull, message.version).catch((error: Error) => {
          this.fault ??= error;
        });
        return;
      case 'prepared':
        return this.#asker.answered(message);
      case 'executableBytes':
        return this.#frame(message.re, message.offset, message.bytes);
      case 'refused':
        return this.#refused(message.re, errorCodeOf(message.code));
    }
  }

  #frame(re: number, offset: number, bytes: Uint8Array): void {
    this.counters.frames += 1;
    this.counters.frameBytes += bytes.length;
    const limit = this.#pull?.limit ?? 0;
    // To the transfer the object ends where the pull does.
    if (offset < limit) this.#transfer?.take(re, offset, bytes.subarray(0, limit - offset));
  }

  #refused(re: number, code: ErrorCode): void {
    this.counters.refused += 1;
    this.#asker.refused(re, code);
    this.#transfer?.refused(re, code);
  }

  async #update(pull: Pull, version: string): Promise<void> {
    const nothing = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };
    const have = pull.have && { have: Buffer.from(pull.have, 'hex') };
    const { object } = await this.#asker.ask({ version, ...nothing, ...have });
    if (this.#pull !== pull) return;
    if (object === undefined) throw new Error('the server has not made the object');
    if ((object.patch ?? false) !== (pull.have !== undefined)) throw new Error('not the form that was meant');
    const carrier: Carrier = {
      ...{ version, target: this.#goal.sha256, object: Buffer.from(object.sha256).toString('hex') },
      length: Math.min(object.length, pull.limit),
      ...(pull.have === undefined ? {} : { base: pull.have }),
    };
    await this.#bring(pull, carrier, object.sha256);
    if (this.#pull !== pull) return;
    this.counters.pulls += 1;
    this.#told = undefined;
    this.#busy = false;
  }

  async #bring(pull: Pull, carrier: Carrier, object: Uint8Array): Promise<void> {
    clearParts(this.#folder);
    const part = new PartFile(this.#folder, carrier);
    const transfer = new Transfer({
      ...{ part, timers, random: Math.random },
      fetch: (frame, offsets) => {
        const re = this.#board.request({ name: 'fetch', object, frame, offsets });
        if (re !== undefined) this.counters.asked += offsets.length;
        return re;
      },
      maxRate: () => pull.maxRate,
      now: () => performance.now(),
      progress: (percent) => {
        this.#told = this.#inHand(percent);
      },
    });
    this.#transfer = transfer;
    transfer.start();
    await transfer.done;
    if (this.#pull !== pull) return;
    const hash = createHash('sha256').update(readFileSync(part.path)).digest('hex');
    if (hash !== this.#goal.hashOf(carrier.object, carrier.length))
      throw new PerchError('WRONG_HASH', `${this.#board.alias} holds other bytes than the server`);
  }
}
