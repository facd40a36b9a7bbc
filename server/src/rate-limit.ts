/**
 * Token buckets by key, bounded in number: `burst` at once, `perSecond` after. Time is an input.
 */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #keys: number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor({ burst, perSecond, keys }: { burst: number; perSecond: number; keys: number }) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#keys = keys;
  }

  /** Takes one token of the key's bucket; false when it is empty. `now` in ms. */
  take(key: string, now: number): boolean {
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: now };
    // A clock that is set back must not cost tokens, or nobody would get in until it has caught up.
    const elapsed = Math.max(0, now - bucket.at);
    const tokens = Math.min(this.#burst, bucket.tokens + (elapsed / 1000) * this.#perSecond);
    const allowed = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > this.#keys) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return allowed;
  }
}
