import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableOutbox } from '../durable-outbox.ts';
import type { Gap } from '../gaps.ts';
import type { Durability } from '../outbox.ts';
import type { OutboxOptions } from '../outbox-options.ts';
import type { OutboxRecord, TakenRecord } from '../record.ts';

export const HOUR = 3_600_000;
export const START = 1_790_000_000_000; // Unix ms
export const DURABILITY: Durability = {
  windowMs: 30_000,
  bytes: 64 * 1024 * 1024,
  ageMs: 720 * HOUR,
  exposed: 4,
};

/** A board's disk, RAM and clock, on which outboxes live one after the other. Time passes by `pass` alone. */
export class Ground {
  // In RAM where there is a folder for it: these tests sync a hundred thousand times.
  readonly root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'perch-outbox-'));
  readonly folder = join(this.root, 'outbox');
  readonly ramFolder = join(this.root, 'ram');
  readonly notes: string[] = [];
  now = START;
  synchronised = true;
  ready = 0;
  #timers: { at: number; run: () => void }[] = [];
  #seed = 1;

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** A start of the agent. */
  open(own: Partial<OutboxOptions> = {}): DurableOutbox {
    this.#timers = []; // those of a run before died with it
    return new DurableOutbox({
      folder: this.folder,
      ramFolder: this.ramFolder,
      durability: DURABILITY,
      now: () => ({ timestamp: this.now, synchronised: this.synchronised }),
      monotonic: () => this.now,
      timers: {
        set: (run, ms) => {
          const timer = { at: this.now + ms, run };
          this.#timers.push(timer);
          return timer;
        },
        clear: (timer) => {
          this.#timers = this.#timers.filter((one) => one !== timer);
        },
      },
      random: () => 0,
      randomBytes: (length) => new Uint8Array(length).fill(this.#seed++),
      repair: (record) => record,
      ready: () => {
        this.ready += 1;
      },
      note: (text) => this.notes.push(text),
      ...own,
    });
  }

  /** Lets time pass, with its timers and the disk work that they ask for. */
  async pass(box: DurableOutbox, ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.now = Math.max(this.now, next.at);
      this.#timers = this.#timers.filter((one) => one !== next);
      next.run();
      await box.idle();
    }
    this.now = end;
    await box.idle();
  }

  /** The power goes: what is in RAM is gone, and nobody says good-bye. */
  loseRam(): void {
    rmSync(this.ramFolder, { recursive: true, force: true });
  }

  record(value = 1, own: Partial<TakenRecord> = {}): TakenRecord {
    return {
      timestamp: this.now,
      per: 10_000,
      configVersion: 1,
      version: '0.1.0',
      boot: new Uint8Array(16).fill(1),
      values: new Map([[0, value]]),
      ...own,
    };
  }
}

export const ALL = { records: 1_000_000, bytes: 1e9, backlog: true };

/** Takes everything that waits, as a server does that OKs all of it. */
export async function deliver(box: DurableOutbox): Promise<{ records: OutboxRecord[]; gaps: Gap[] }> {
  const records: OutboxRecord[] = [];
  const gaps: Gap[] = [];
  await box.idle();
  for (let rounds = 0; box.size > 0 && rounds < 100_000; rounds++) {
    box.has(true);
    await box.idle();
    const batch = box.batch({ records: 128, bytes: 24 * 1024, backlog: true });
    records.push(...batch.records);
    gaps.push(...batch.gaps);
    box.acknowledge(batch);
    await box.idle();
  }
  return { records, gaps };
}

export const numbersOf = (records: readonly OutboxRecord[]): number[] => records.map(({ number }) => number);
