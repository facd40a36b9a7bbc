/** Work under way, bounded in number: what comes on top is turned away, never queued. */
export class InFlight {
  readonly #limit: number;
  readonly #under = new Set<Promise<void>>();
  /** How many were turned away. */
  turnedAway = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts the work unless too much is under way. The work must not reject. */
  run(work: () => Promise<void>): void {
    if (this.#under.size >= this.#limit) {
      this.turnedAway += 1;
      return;
    }
    const running = work().finally(() => this.#under.delete(running));
    this.#under.add(running);
  }

  /** Resolves when all that is under way now has ended, or after `timeoutMs`. */
  async settled(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([Promise.allSettled(this.#under), late]);
    clearTimeout(timer);
  }
}
