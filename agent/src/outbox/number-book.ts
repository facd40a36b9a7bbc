import type { DiskSegments } from './disk-segments.ts';
import { NUMBERS_FILE } from './disk-segments.ts';
import type { DiskWork } from './disk-work.ts';
import { type Gap, withGap, withoutTold } from './gaps.ts';
import { RESERVE_STEP } from './limits.ts';
import { encodeNumbers, type Numbers, withBoot } from './numbers.ts';
import type { RamJournal } from './ram-journal.ts';

interface Places {
  disk: DiskSegments;
  ram: RamJournal | undefined;
  work: DiskWork;
  /** Unix ms. */
  now(): number;
}

/** The numbers in force: gives the next one out, and keeps them on disk and in RAM. */
export class NumberBook {
  readonly #places: Places;
  #numbers: Numbers;
  /** Changes that matter, and how many of them the disk has. */
  #changes = 0;
  #saved = 0;
  #asked = false;
  /** Records given up since the start, at most. */
  dropped = 0;

  constructor(numbers: Numbers, places: Places) {
    this.#numbers = numbers;
    this.#places = places;
  }

  get now(): Numbers {
    return this.#numbers;
  }

  /** Takes the first numbers from the disk, before any of them is used. */
  reserveSync(): void {
    const { disk, work } = this.#places;
    this.#numbers = { ...this.#numbers, clean: false, reserved: this.#numbers.next + RESERVE_STEP };
    const numbers = this.#stamp();
    if (work.off) return;
    try {
      disk.replaceSync(NUMBERS_FILE, encodeNumbers(numbers));
    } catch (error) {
      this.#changes += 1;
      work.failed(error);
      this.#discard();
    }
  }

  /** What the disk still says of a good end would hide what this run loses. On a read-only disk it stays. */
  #discard(): void {
    try {
      this.#places.disk.discardNumbers();
    } catch {
      // none there, or a disk that takes nothing
    }
  }

  next(): number {
    const number = this.#numbers.next;
    this.#numbers = { ...this.#numbers, next: number + 1 };
    if (number + RESERVE_STEP / 2 >= this.#numbers.reserved)
      this.#change({ reserved: number + RESERVE_STEP + 1 });
    return number;
  }

  /** Counts records as given up. Kept in RAM at once; on disk with `save`. */
  lose(...gaps: Gap[]): void {
    if (gaps.length === 0) return;
    for (const gap of gaps) {
      this.dropped += gap.count;
      this.#numbers = { ...this.#numbers, gaps: withGap(this.#numbers.gaps, gap) };
    }
    this.#stamp();
    this.#changes += 1;
  }

  told(gaps: readonly Gap[]): void {
    if (gaps.length > 0) this.#change({ gaps: withoutTold(this.#numbers.gaps, gaps) });
  }

  renew(stream: Uint8Array): void {
    this.#change({ stream });
  }

  expose(exposed: number): void {
    if (exposed !== this.#numbers.exposed) this.#change({ exposed });
  }

  /** @param offset Unix ms at the zero of the boot's clock */
  knowBoot(id: Uint8Array, offset: number): void {
    this.#change({ boots: withBoot(this.#numbers.boots, id, Math.max(0, Math.round(offset))) });
  }

  #change(change: Partial<Numbers>): void {
    this.#numbers = { ...this.#numbers, ...change };
    this.#changes += 1;
    this.ask();
  }

  /** Has the disk take what it lacks, soon. */
  ask(): void {
    if (this.#asked || this.#changes === this.#saved) return;
    this.#asked = true;
    this.#places.work.do(async () => {
      this.#asked = false;
      await this.save();
    });
  }

  /** Has the disk take what it lacks, now; within a piece of disk work only. */
  async save(): Promise<void> {
    if (this.#changes === this.#saved) return;
    const changes = this.#changes;
    const { disk, work } = this.#places;
    const numbers = this.#stamp();
    await disk.replace(NUMBERS_FILE, encodeNumbers(numbers));
    this.#saved = changes;
    work.fine();
  }

  /** The end in good order: no number from the next on was used. */
  async close(): Promise<void> {
    this.#numbers = { ...this.#numbers, clean: true };
    this.#changes += 1;
    await this.save();
  }

  #stamp(): Numbers {
    const { ram, now } = this.#places;
    this.#numbers = { ...this.#numbers, serial: this.#numbers.serial + 1, at: Math.max(0, now()) };
    ram?.saveNumbers(this.#numbers);
    return this.#numbers;
  }
}
