import type { DiskTrouble } from './outbox.ts';

/** A kind of trouble is told this often at most, in ms. */
export const NOTE_EVERY_MS = 600_000;

/** Work on the disk, one piece at a time, and what is known of the disk's health. A piece that fails never throws: it is told. */
export class DiskWork {
  readonly #note: (text: string) => void;
  readonly #now: () => number;
  #last: Promise<void> = Promise.resolve();
  #pieces = 0;
  #since: number | undefined;
  #trouble: DiskTrouble | undefined;
  #failures = 0;
  #told: DiskTrouble | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** Failures since the last that was told. */
  #untold = 0;
  /** The folder could not be read at the start: nothing is written there in this run. */
  off = false;

  /** `now`: monotonic ms. */
  constructor(now: () => number, note: (text: string) => void) {
    this.#now = now;
    this.#note = note;
  }

  do(piece: () => Promise<void>): void {
    this.#pieces += 1;
    this.#last = this.#last.then(async () => {
      this.#since = this.#now();
      try {
        if (!this.off) await piece();
      } catch (error) {
        this.failed(error);
      }
      this.#since = undefined;
      this.#pieces -= 1;
    });
  }

  /** Monotonic ms since which one piece has been under way. */
  get busySince(): number | undefined {
    return this.#since;
  }

  get trouble(): DiskTrouble | undefined {
    return this.#trouble;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Resolves when all that was asked for has ended. */
  async idle(): Promise<void> {
    while (this.#pieces > 0) await this.#last;
  }

  /** The disk took something. */
  fine(): void {
    if (this.#failures > 0 && this.#untold === 0) this.#note('outbox: the disk takes records again');
    this.#failures = 0;
    this.#trouble = undefined;
  }

  failed(error: unknown): void {
    const trouble = troubleOf(error);
    this.#trouble = trouble;
    this.#failures += 1;
    // A disk that fails now and then would fill the log, which may be on that very disk.
    const now = this.#now();
    if (now - this.#toldAt < NOTE_EVERY_MS && trouble === this.#told) {
      this.#untold += 1;
      return;
    }
    const more = this.#untold === 0 ? '' : ` (${this.#untold} failures since the last word)`;
    this.#note(
      `outbox: ${(error as Error).message}; records are kept in memory until the disk takes them${more}`,
    );
    this.#told = trouble;
    this.#toldAt = now;
    this.#untold = 0;
  }
}

function troubleOf(error: unknown): DiskTrouble {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  if (code === 'EROFS') return 'read-only';
  return code === 'EACCES' || code === 'EPERM' ? 'denied' : 'io';
}
