import { join } from 'node:path';
import { DurableOutbox } from '../../agent/src/outbox/durable-outbox.ts';
import { systemTimers } from '../../agent/src/timers.ts';
import type { Board } from '../e2e/house.ts';

/** Most bytes on the board's disk: `sizeMB` 1 in the config. */
export const DISK_BYTES = 1_000_000;
/** So full that the next segment is too much. */
const FULL = DISK_BYTES - 20_000;
/** Records of one commit. */
const RECORDS = 20;
/** A record has twelve of these: the disk is full after some hundred records. */
const FILLER = 'x'.repeat(250);

/**
 * Fills the outbox of a board that ended in good order with records, as a long time without a link would, and notes them in
 * the ledger.
 */
export async function fillBacklog(board: Board): Promise<void> {
  const outbox = new DurableOutbox({
    folder: join(board.state, 'outbox'),
    durability: { windowMs: 3_600_000, bytes: DISK_BYTES, ageMs: 1e12, exposed: 1 },
    now: () => ({ timestamp: Date.now(), synchronised: true }),
    monotonic: () => performance.now(),
    timers: systemTimers,
    random: Math.random,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    repair: (record) => record,
    ready: () => {},
    note: () => {}, // torn ends of killed lives are set aside
  });
  const began = Date.now();
  const boot = crypto.getRandomValues(new Uint8Array(16));
  await outbox.idle();
  for (let commit = 0; outbox.status.diskBytes < FULL && commit < 100; commit++) {
    for (let index = 0; index < RECORDS; index++) {
      const values = new Map<string, number | string>([['count', commit * RECORDS + index]]);
      for (let item = 0; item < 12; item++) values.set(`filler${item}`, FILLER);
      const record = outbox.add({
        timestamp: began + commit * RECORDS + index,
        per: 100,
        configVersion: 1,
        version: '0.1.0',
        boot,
        values,
      });
      board.ledger.note(record);
    }
    await outbox.flush();
  }
  await outbox.close();
  const { disk, diskBytes } = outbox.status;
  if (disk !== 'ok' || diskBytes < FULL) throw new Error(`the disk is not full: ${diskBytes} bytes, ${disk}`);
}
