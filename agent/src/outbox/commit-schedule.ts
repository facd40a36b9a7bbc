import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import type { Timers } from '../timers.ts';
import type { DiskWork } from './disk-work.ts';
import { DISK_RETRY_MS } from './limits.ts';

export interface CommitScheduleOptions {
  timers: Timers;
  random(): number;
  work: DiskWork;
  /** ms until what is oldest in memory must be on disk; undefined: nothing waits there. */
  due(): number | undefined;
  /** Writes what waits. A failure may reject. */
  commit(): Promise<void>;
}

/**
 * When what is in memory goes to disk: at the end of the oldest record's loss window, sooner when it is asked for, and after a
 * failure with a back-off. One commit is asked for at a time.
 */
export class CommitSchedule {
  readonly #o: CommitScheduleOptions;
  #timer: unknown;
  #asked = false;
  #ended = false;

  constructor(options: CommitScheduleOptions) {
    this.#o = options;
  }

  get #idle(): boolean {
    return this.#ended || this.#asked || this.#o.work.off || this.#o.due() === undefined;
  }

  /** Writes what waits without waiting for the window's end. */
  now(): void {
    if (this.#idle) return;
    this.#o.timers.clear(this.#timer);
    this.#soon();
  }

  /** Sees to it that what waits is written in time. */
  later(): void {
    if (this.#idle || this.#timer !== undefined) return;
    const { failures } = this.#o.work;
    const again = failures === 0 ? 0 : backoff(failures - 1, this.#o.random(), DISK_RETRY_MS);
    const wait = Math.max(this.#o.due() ?? 0, again);
    if (wait === 0) this.#soon();
    else this.#timer = this.#o.timers.set(() => this.#ring(), wait);
  }

  /** The server may have what the timer was set for: then nothing is written until the next one has waited for as long. */
  #ring(): void {
    this.#timer = undefined;
    if (this.#o.due() === 0) this.now();
    else this.later();
  }

  #soon(): void {
    this.#timer = undefined;
    this.#asked = true;
    this.#o.work.do(async () => {
      this.#asked = false;
      try {
        await this.#o.commit();
      } catch (error) {
        this.#o.work.failed(error);
      }
      this.later();
    });
  }

  /** Sets the timer back; what was asked of the disk is done all the same. */
  stop(): void {
    this.#o.timers.clear(this.#timer);
    this.#timer = undefined;
  }

  /** Nothing is asked for any more. */
  end(): void {
    this.#ended = true;
    this.stop();
  }
}
