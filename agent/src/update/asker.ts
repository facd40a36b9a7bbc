import { backoff } from '@perch/broker-bridge/protocol/backoff.ts';
import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import type { Timers } from '../timers.ts';

/** How long an answer to Prepare may take before it is asked again; grows while none comes. */
export const PREPARE_TIMEOUT_MS = { least: 5_000, most: 120_000 };

/** What Prepare tells. */
export type Question = Omit<MessageOf<'prepare'>, 'name'>;

export interface AskerOptions {
  /** Sends Prepare; undefined while there is no session. */
  prepare(question: Question): number | undefined;
  timers: Timers;
  random(): number;
}

/** Asks the server for the way to a release, again until it answers. One question at a time. */
export class Asker {
  readonly #o: AskerOptions;
  #question: Question | undefined;
  #open: number | undefined;
  #tries = 0;
  #timer: unknown;
  #settle: { resolve(answer: MessageOf<'prepared'>): void; reject(error: unknown): void } | undefined;

  constructor(options: AskerOptions) {
    this.#o = options;
  }

  /** Rejects with the PerchError that the server refused with; never resolves after stop(). */
  ask(question: Question): Promise<MessageOf<'prepared'>> {
    this.stop();
    this.#question = question;
    this.#tries = 0;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#send();
    });
  }

  answered(message: MessageOf<'prepared'>): void {
    if (message.re !== this.#open) return;
    const settle = this.#settle;
    this.stop();
    settle?.resolve(message);
  }

  refused(re: number, code: ErrorCode): void {
    if (re !== this.#open || code === 'BUSY') return; // the timer asks again
    const settle = this.#settle;
    this.stop();
    settle?.reject(new PerchError(code, 'the server does not tell the way to the release'));
  }

  /** There is a session again: an answer in the one before does not come any more. */
  wake(): void {
    if (this.#question !== undefined) this.#send();
  }

  stop(): void {
    this.#o.timers.clear(this.#timer);
    this.#question = undefined;
    this.#open = undefined;
    this.#settle = undefined;
  }

  #send(): void {
    const { prepare, timers, random } = this.#o;
    this.#open = prepare(this.#question!);
    timers.clear(this.#timer);
    this.#timer = timers.set(() => this.#send(), backoff(this.#tries, random(), PREPARE_TIMEOUT_MS));
    this.#tries += 1;
  }
}
