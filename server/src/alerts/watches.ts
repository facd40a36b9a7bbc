import type { OpenAlert } from './alert-writer.ts';
import type { Watch } from './evaluate.ts';

/** Pairs of rule and board that are in the middle of something (a bound that is passed for a while, a window of readings). */
export const WATCHES_LIMIT = 100_000;
/** When there is no more room, a pair that was not read for so long (ms) makes way. */
export const STALE_MS = 15 * 60_000;

/** What is known of one rule and one board. */
export interface Seen {
  watch: Watch;
  /** When it was read last, Unix ms. */
  at: number;
  /** It fires. */
  open?: OpenAlert;
}

const isEmpty = ({ passed, window }: Watch): boolean => passed === undefined && window === undefined;

/** What is known of rules and boards, by a key of both. Where nothing is under way nothing is kept. */
export class Watches {
  /** As many as there are open alerts, which are bounded by themselves. */
  readonly #open = new Map<string, Seen>();
  /** Not open. The one that was read longest ago is the first. */
  readonly #watched = new Map<string, Seen>();

  /** Those that are kept and do not fire. */
  get watched(): number {
    return this.#watched.size;
  }

  get(key: string): Seen | undefined {
    return this.#open.get(key) ?? this.#watched.get(key);
  }

  /**
   * Keeps what must be kept. At WATCHES_LIMIT a new pair is kept only where another is stale: if the newcomer always won, boards
   * that take turns would all lose what they wait for. @returns false when it is not kept for that
   */
  put(key: string, seen: Seen): boolean {
    this.#open.delete(key);
    this.#watched.delete(key);
    if (seen.open !== undefined) {
      this.#open.set(key, seen);
      return true;
    }
    if (isEmpty(seen.watch)) return true;
    if (this.#watched.size >= WATCHES_LIMIT && !this.#dropStale(seen.at)) return false;
    this.#watched.set(key, seen);
    return true;
  }

  #dropStale(now: number): boolean {
    const [key, { at }] = this.#watched.entries().next().value!;
    return now - at > STALE_MS && this.#watched.delete(key);
  }

  delete(key: string): void {
    this.#open.delete(key);
    this.#watched.delete(key);
  }

  *entries(): IterableIterator<[string, Seen]> {
    yield* this.#open;
    yield* this.#watched;
  }
}
