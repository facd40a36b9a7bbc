import type { Timers } from '../timers.ts';
import {
  IDLE,
  progressed,
  rested,
  type Stage,
  type Stages,
  type Stall,
  stalledStage,
  watched,
} from './stages.ts';
import type { Notifier } from './systemd.ts';

/** How often the watchdog looks, in ms; more often when systemd wants to hear more often. */
export const LOOK_MS = 10_000;
/** An event loop that did not come round for so long is ended by the kernel, in ms. Above what a worn SD card holds up a write. */
export const LOOP_DEADLINE_MS = 150_000;
/** Time for an orderly end, in ms; then the process is ended. */
export const END_DEADLINE_MS = 30_000;

export interface WatchdogOptions {
  /** ms on a clock that never goes back and does not count suspends. */
  now(): number;
  timers: Timers;
  /** Undefined without systemd. */
  notifier?: Notifier | undefined;
  /** The native part's timer; undefined without it. */
  deadMan?: ((ms: number) => void) | undefined;
  /** Called before each look: the place for `watch` and `rest` of stages that are asked how they are. */
  survey?(): void;
  /** Factor from 1 on all allowances; see RestartJournal.patience. */
  patience?: number;
  /** A stage stalled: the agent should write down why and end. Called once; the process is killed if it does not end. */
  stalled(stall: Stall): void;
  /** Ends the process at once. */
  kill(): void;
}

/**
 * Knows whether the agent gets on. systemd hears WATCHDOG=1 only while it does, and a stall ends the agent, so that whoever
 * started it starts it anew. An event loop that hangs altogether is ended by a timer of the kernel.
 */
export class Watchdog {
  readonly #o: WatchdogOptions;
  readonly #interval: number;
  #stages: Stages = IDLE;
  /** Time that this process lived through, in ms: what a debugger, SIGSTOP or a busy loop took does not make a stage late. */
  #lived = 0;
  #lookedAt: number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: unknown;
  #state: 'off' | 'watching' | 'ending' = 'off';
  #ready = false;
  #status = '';

  constructor(options: WatchdogOptions) {
    this.#o = options;
    const heard = options.notifier?.watchdogMs ?? Number.POSITIVE_INFINITY;
    this.#interval = Math.min(LOOK_MS, heard / 2);
    this.#lookedAt = options.now();
  }

  start(): void {
    if (this.#state !== 'off') return;
    this.#state = 'watching';
    this.#lookedAt = this.#o.now();
    this.#look();
  }

  /** The agent does its work: the first sample was taken, or there is no config and it waits for one. Told once. */
  ready(): void {
    if (this.#ready) return;
    this.#ready = true;
    this.#o.notifier?.send({ READY: '1' });
  }

  /** A line for `systemctl status`; told when it changes. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#o.notifier?.send({ STATUS: text });
  }

  /**
   * A stage has something to do and must get somewhere within `allowance` ms. If it had already, its time runs on, unless the mark
   * is another: a count of what was done, or since when it does what it does.
   */
  watch(stage: Stage, allowance: number, mark?: number): void {
    this.#stages = watched(this.#stages, stage, this.#clock(), allowance, mark);
  }

  progress(stage: Stage): void {
    this.#stages = progressed(this.#stages, stage, this.#clock());
  }

  /** A stage has nothing to do, which is no stall. */
  rest(stage: Stage): void {
    this.#stages = rested(this.#stages, stage);
  }

  /**
   * The agent ends in good order; if that takes longer than END_DEADLINE_MS it is killed.
   * @param again the launcher starts it, or another release, again at once. Then the service does not stop, and systemd must not
   * hear that it does: it would kill what is started TimeoutStopSec later.
   */
  ending(again: boolean): void {
    if (this.#state === 'ending') return;
    if (!again) this.#o.notifier?.send({ STOPPING: '1' });
    this.#end();
  }

  /** Lets go of everything: nothing is watched or killed any more. */
  close(): void {
    this.#state = 'off';
    this.#o.timers.clear(this.#timer);
    this.#arm(0);
  }

  #clock(): number {
    return this.#lived + Math.min(this.#o.now() - this.#lookedAt, this.#interval);
  }

  #look(): void {
    const { now, notifier, patience, timers, stalled } = this.#o;
    const at = now();
    this.#lived += Math.min(at - this.#lookedAt, 2 * this.#interval);
    this.#lookedAt = at;
    this.#arm(LOOP_DEADLINE_MS);
    this.#o.survey?.();
    const stall = stalledStage(this.#stages, this.#lived, patience);
    if (stall !== undefined) {
      this.status(`stalled: ${stall.stage}`);
      this.#end();
      stalled(stall);
      return;
    }
    const every = (notifier?.watchdogMs ?? Number.POSITIVE_INFINITY) / 2;
    if (at - this.#toldAt + this.#interval > every) {
      this.#toldAt = at;
      notifier?.send({ WATCHDOG: '1' });
    }
    this.#timer = timers.set(() => this.#look(), this.#interval);
  }

  #end(): void {
    const { timers, kill } = this.#o;
    this.#state = 'ending';
    timers.clear(this.#timer);
    this.#timer = timers.set(kill, END_DEADLINE_MS);
    this.#arm(END_DEADLINE_MS);
  }

  #arm(ms: number): void {
    try {
      this.#o.deadMan?.(ms);
    } catch {
      // Without the kernel's timer, systemd still notices a loop that hangs.
    }
  }
}
