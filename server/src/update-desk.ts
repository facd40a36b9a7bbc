import { setTimeout as sleep } from 'node:timers/promises';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Message, MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { MetadataVersions } from '@perch/broker-bridge/update/metadata-file.ts';
import { planFrames } from './frames.ts';
import { preparedFor } from './prepare.ts';
import type { Found } from './releases/object-maker.ts';
import type { Release, StoredObject } from './store/contract.ts';

/** Boards that are sent frames at once; any other hears BUSY and asks again by its timer. */
export const FETCHES_LIMIT = 256;
/** Frames wait while more bytes than this wait in the socket: answers to records must not stand behind them. */
export const LINK_BYTES_LIMIT = 256 * 1024;
/**
 * Bytes of frames per second to all boards together, unless told otherwise. Frames that left the socket stand in the broker before
 * the answers to records: with 200 boards and a Mosquitto with set_tcp_nodelay, 10 MB/s gave records four times their idle p99,
 * 5 MB/s 1.75 times.
 */
export const UPDATE_RATE = 5_000_000;
/** How often to look whether the socket has room, ms. */
const LOOK_MS = 2;
/** A frame for which there is no room within this time is given up; the board asks again. In ms. */
export const ROOM_TIMEOUT_MS = 10_000;

export interface UpdateDeskOptions {
  /** Packed metadata that a board with these versions lacks. */
  metadata(have: MetadataVersions): Promise<Uint8Array>;
  releases(): readonly Release[];
  find(target: Release, have: string | undefined): Found;
  object(sha256: string): { object: StoredObject; platform: string } | undefined;
  readObject(sha256: string, offset: number, length: number): Promise<Uint8Array>;
  /** Bytes that wait in the socket to the broker. */
  waiting(): number;
  /** Bytes of frames per second to all boards together (UPDATE_RATE). */
  rate?: number | undefined;
}

type Send = (message: Message) => void;

/** Answers what boards ask for on their way to a release: Prepare and Fetch. Frames of all boards take turns. */
export class UpdateDesk {
  readonly #o: UpdateDeskOptions;
  /** Aliases that are being sent frames. */
  readonly #busy = new Set<string>();
  #lane: Promise<void> = Promise.resolve();
  /** When the next frame may go, by performance.now(). */
  #due = 0;

  constructor(options: UpdateDeskOptions) {
    this.#o = options;
  }

  /** @throws PerchError NO_TARGET */
  async prepare(platform: string, message: MessageOf<'prepare'>, re: number, send: Send): Promise<void> {
    const { root, timestamp, snapshot, targets } = message;
    const metadata = await this.#o.metadata({ root, timestamp, snapshot, targets });
    send(
      preparedFor(re, message, platform, {
        releases: this.#o.releases(),
        metadata,
        find: (target, have) => this.#o.find(target, have),
      }),
    );
  }

  /** @throws PerchError UNKNOWN_OBJECT, WRONG_PLATFORM, BAD_RANGE, BUSY, DISK */
  async fetch(
    alias: string,
    platform: string,
    message: MessageOf<'fetch'>,
    re: number,
    send: Send,
  ): Promise<void> {
    const plan = planFrames(message, platform, (sha256) => this.#o.object(sha256));
    if (!plan.ok) throw new PerchError(plan.code);
    if (this.#busy.has(alias)) throw new PerchError('BUSY', 'one fetch at a time');
    if (this.#busy.size >= FETCHES_LIMIT) throw new PerchError('BUSY', `${FETCHES_LIMIT} boards are served`);
    this.#busy.add(alias);
    try {
      for (const { offset, length } of plan.frames)
        await this.#inTurn(async () => {
          await this.#room(length);
          const bytes = await this.#o.readObject(plan.object.sha256, offset, length);
          send({ name: 'executableBytes', re, offset, bytes });
        });
    } finally {
      this.#busy.delete(alias);
    }
  }

  /** One frame after the other, whoever asked first. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#lane.then(work);
    this.#lane = turn.catch(() => {});
    return turn;
  }

  /** Waits for the turn of a frame of so many bytes. */
  async #room(bytes: number): Promise<void> {
    const wait = this.#due - performance.now();
    if (wait > 0) await sleep(wait);
    this.#due =
      Math.max(this.#due, performance.now() - LOOK_MS) + (1000 * bytes) / (this.#o.rate ?? UPDATE_RATE);
    for (let waited = 0; this.#o.waiting() > LINK_BYTES_LIMIT; waited += LOOK_MS) {
      if (waited >= ROOM_TIMEOUT_MS) throw new PerchError('BUSY', 'the link to the broker takes no frames');
      await sleep(LOOK_MS);
    }
  }
}
