import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEntry } from '../serve-options.ts';
import type { Store } from '../store/contract.ts';
import { MARK_ROWS } from '../store/hour-contract.ts';
import { makeHours, type Paced } from './make-hours.ts';
import { DAY_MS, loadRetention } from './retention.ts';
import { retentionPass } from './retention-pass.ts';

/** Hours that are made with one commit. */
export const HOURS_AT_ONCE = 32;
/** Rows after which it rests; a slice has no more than about as many. */
export const ROWS_BEFORE_REST = 500;
/** How long it rests then, in ms: most of the time belongs to ingest. */
export const REST_MS = 20;
/** How long it waits when nothing is due, in ms. */
export const IDLE_MS = 5_000;
/** How long it waits after a failure, as of a full disk, in ms. */
export const FAILED_MS = 30_000;
/** From the end of one look for what is too old to the next, in ms. */
export const RETENTION_EVERY_MS = 600_000;

export interface HourKeeperOptions {
  store: Store;
  /** Unix ms */
  now(): number;
  log(entry: LogEntry): void;
  /** Waits; rejects when the signal aborts. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const timer = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false });

/**
 * Makes the hours that are due and deletes what is too old, a little at a time, as long as the server runs. Alone in doing so.
 * It can end at any moment: what is stored says where to go on.
 */
export class HourKeeper {
  readonly #o: Required<HourKeeperOptions>;
  readonly #end = new AbortController();
  #rows = 0;
  /** There may be records from before there were hours. */
  #marking = true;
  #retention = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(options: HourKeeperOptions) {
    this.#o = { wait: timer, ...options };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when it does nothing any more. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  /** Does all that there is to do at this moment. Rejects with what the store says. */
  async settle(): Promise<void> {
    while (await this.#some());
  }

  async #run(): Promise<void> {
    const { wait, log } = this.#o;
    const { signal } = this.#end;
    let failed = '';
    while (!signal.aborted) {
      let pause = IDLE_MS;
      try {
        await this.settle();
        failed = '';
      } catch (error) {
        if (signal.aborted) return;
        const { message, code } = error as Error & { code?: unknown };
        // Told once, not every time. That ingest takes all there is happens.
        if (message !== failed)
          log({ level: code === 'BUSY' ? 'warn' : 'error', text: `hours and retention wait: ${message}` });
        failed = message;
        pause = FAILED_MS;
      }
      await wait(pause, signal).catch(() => undefined);
    }
  }

  /** Does a part of what there is to do; false: nothing is left. */
  async #some(): Promise<boolean> {
    const { store, now } = this.#o;
    if (this.#marking) {
      this.#marking = await store.markOldHours();
      await this.#paced(MARK_ROWS);
    }
    const made = await this.#make();
    if (made > 0 || this.#marking) return true;
    // A clock that was set back is no reason to wait until it is there again.
    if (Math.abs(now() - this.#retention) < RETENTION_EVERY_MS) return false;
    const retention = await loadRetention(store);
    await retentionPass(store, retention, now(), {
      paced: this.#paced,
      between: async (rows) => {
        // Hours that become due meanwhile do not wait for the end of a long pass.
        await this.#make();
        await this.#paced(rows);
      },
    });
    this.#retention = now();
    return true;
  }

  async #make(): Promise<number> {
    const { store, now } = this.#o;
    const keys = await store.dueHours(now(), HOURS_AT_ONCE);
    if (keys.length === 0) return 0;
    const { rawDays } = await loadRetention(store);
    await makeHours(store, keys, now() - rawDays * DAY_MS, this.#paced);
    await this.#paced(keys.length);
    return keys.length;
  }

  readonly #paced: Paced = async (rows) => {
    this.#end.signal.throwIfAborted();
    this.#rows += rows;
    if (this.#rows < ROWS_BEFORE_REST) return;
    this.#rows = 0;
    await this.#o.wait(REST_MS, this.#end.signal);
  };
}
