import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableOutbox } from '../../agent/src/outbox/durable-outbox.ts';
import type { TakenRecord } from '../../agent/src/outbox/record.ts';
import { VirtualTime } from '../faults/virtual-time.ts';

const PERIOD_MS = 10_000;
/** Ten sensors' worth of values. */
const ITEMS = 10;

/**
 * Writes an outbox folder as a board leaves it that was offline for `records` periods of 10 s until `end` (Unix ms), with a
 * loss window of 30 s and a good end.
 */
export async function writeBacklog(folder: string, records: number, end: number): Promise<void> {
  const made = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'perch-backlog-'));
  try {
    const time = new VirtualTime({ wall: end - records * PERIOD_MS, settle: () => outbox.idle() });
    const outbox: DurableOutbox = new DurableOutbox({
      folder: join(made, 'outbox'),
      durability: { windowMs: 30_000, bytes: 1e9, ageMs: 365 * 86_400_000, exposed: 4 },
      now: () => ({ timestamp: time.wall(), synchronised: true }),
      monotonic: time.now,
      timers: time,
      random: () => 0,
      randomBytes: (length) => Uint8Array.from({ length }, () => time.random.below(256)),
      repair: (record) => record,
      ready() {},
      note() {},
    });
    for (let index = 0; index < records; index++) {
      const values: TakenRecord['values'] = new Map();
      for (let item = 0; item < ITEMS; item++) values.set(item, time.random.below(10_000) / 100);
      const boot = new Uint8Array(16).fill(9);
      outbox.add({
        timestamp: time.wall(),
        per: PERIOD_MS,
        configVersion: 1,
        version: '0.1.0',
        boot,
        values,
      });
      await time.advance(PERIOD_MS);
    }
    await outbox.close();
    cpSync(join(made, 'outbox'), folder, { recursive: true });
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
