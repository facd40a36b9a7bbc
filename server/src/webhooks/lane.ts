import { NoAnswer, post, retryAfterMs } from '../integrations/http-post.ts';
import type { Delivery, Webhook, WebhookStore } from '../store/webhook-contract.ts';
import { attemptOf, isGone, isGood, type Outcome, outcomeText, RETRY_AFTER_MOST_MS, restMs } from './plan.ts';
import { webhookHeaders } from './sign.ts';

/** How long a receiver may take to answer, in ms. */
export const ANSWER_MS = 20_000;
/** Longest sleep of a timer, in ms; then it is looked again. */
const SLEEP_MOST_MS = 600_000;
/** How long a lane rests when its store fails, in ms. */
const STORE_REST_MS = 5_000;

export interface LaneOptions {
  store: Pick<WebhookStore, 'webhook' | 'nextDelivery' | 'attempted'>;
  id: string;
  /** Unix ms */
  now(): number;
  answerMs: number;
  /** A message was given up, and why. */
  gaveUp(webhook: Webhook, why: string): void;
  /** The receiver wants no more. Resolves when the webhook is switched off. */
  gone(webhook: Webhook): Promise<void>;
  delivered(): void;
  /** The store failed. */
  failed(error: unknown): void;
}

/** Sends what waits for one webhook, one message at a time. */
export class Lane {
  readonly #o: LaneOptions;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #restUntil = 0;

  constructor(options: LaneOptions) {
    this.#o = options;
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#end.signal.aborted) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) this.wake();
    });
  }

  /** What is changed by a person deserves a try now. */
  fresh(): void {
    this.#failures = 0;
    this.#restUntil = 0;
    this.wake();
  }

  /** A message that is being sent is given up here, and comes again after the next start. */
  async close(): Promise<void> {
    this.#end.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#again = false;
    try {
      while (!this.#end.signal.aborted) {
        const { store, id, now } = this.#o;
        const webhook = await store.webhook(id);
        if (webhook === undefined || !webhook.enabled) return;
        const delivery = await store.nextDelivery(id);
        if (delivery === undefined) return;
        const wait = Math.max(delivery.due, this.#restUntil) - now();
        if (wait > 0) return this.#sleep(wait);
        await this.#send(webhook, delivery);
      }
    } catch (error) {
      this.#o.failed(error);
      this.#sleep(STORE_REST_MS);
    }
  }

  #sleep(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#end.signal.aborted) this.#timer = setTimeout(() => this.wake(), Math.min(ms, SLEEP_MOST_MS));
  }

  async #send(webhook: Webhook, delivery: Delivery): Promise<void> {
    const { store, now } = this.#o;
    const outcome = await this.#post(webhook, delivery);
    // Given up because the server ends: as if it had not been tried.
    if (this.#end.signal.aborted && !isGood(outcome)) return;
    const ended = now();
    const attempt = attemptOf(delivery, outcome, ended, Math.random());
    await store.attempted(delivery.id, attempt);
    if (isGood(outcome)) {
      this.#failures = 0;
      this.#o.delivered();
      return;
    }
    this.#failures += 1;
    this.#restUntil = ended + restMs(this.#failures);
    if (isGone(outcome)) await this.#o.gone(webhook);
    else if (attempt.state === 'failed') this.#o.gaveUp(webhook, outcomeText(outcome));
  }

  async #post({ url, secret }: Webhook, { message, body }: Delivery): Promise<Outcome> {
    const now = this.#o.now();
    try {
      const { status, headers } = await post({
        ...{ url, headers: webhookHeaders(secret, message, now, body), body: Buffer.from(body) },
        ...{ timeout: this.#o.answerMs, signal: this.#end.signal },
      });
      return { status, wait: retryAfterMs(headers, now, RETRY_AFTER_MOST_MS) };
    } catch (error) {
      return { error: error instanceof NoAnswer ? error.message : 'the message could not be sent' };
    }
  }
}
