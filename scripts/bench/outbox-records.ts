import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { encodeBlock } from '../../agent/src/outbox/block.ts';
import { NUMBERS_FILE, segmentName } from '../../agent/src/outbox/disk-segments.ts';
import { SEGMENT_BYTES } from '../../agent/src/outbox/limits.ts';
import { encodeNumbers, freshNumbers } from '../../agent/src/outbox/numbers.ts';
import { bare, type OutboxRecord, type TakenRecord } from '../../agent/src/outbox/record.ts';
import { START } from '../../agent/src/outbox/testing/box.ts';
import { durabilityOf } from '../../broker-bridge/src/config/durability.ts';
import { encodeStruct } from '../../broker-bridge/src/protocol/codec.ts';
import { RECORD } from '../../broker-bridge/src/protocol/messages.ts';
import { SAMPLE_BOARDS, wireValues } from './sample-values.ts';

/** Time between records, ms. */
export const PERIOD = 10_000;
/** Records that a window of 30 s holds: as many stand in one block. */
const PER_BLOCK = 3;
const ITEMS = 10;
/** What the server knows of the board, so that its messages need not say it. */
export const KNOWN = {
  version: '0.1.0',
  configVersion: 3,
  boot: new Uint8Array(16).fill(7),
  stream: new Uint8Array(8).fill(9),
};

/** What a config with this loss window says, with the defaults for the rest. */
export const durabilityWith = (window: string) =>
  durabilityOf({ period: `${PERIOD / 1_000}s`, durability: { window } });

/** Ten numeric items: air, load, memory and disk. */
function values(n: number) {
  const all = SAMPLE_BOARDS.slice(0, 2).flatMap((board) => board.values(n));
  return wireValues(all.slice(0, ITEMS));
}

/** The nth record of a board whose clock is set. */
export const takenRecord = (n: number, timestamp = START + n * PERIOD): TakenRecord => ({
  timestamp,
  per: PERIOD,
  configVersion: KNOWN.configVersion,
  version: KNOWN.version,
  boot: KNOWN.boot,
  values: values(n),
});

const recordOf = (n: number): OutboxRecord => ({ stream: KNOWN.stream, number: n + 1, ...takenRecord(n) });

/** The same record as it travels, for who keeps bytes. */
export function encodedRecord(n: number): Buffer {
  const record = recordOf(n);
  return encodeStruct(RECORD.fields, { ...bare(record), configVersion: record.configVersion }, 'record');
}

/**
 * The folder of an outbox as an agent leaves it that ended in good order: `records` records, or as many as fit into `bytes`,
 * written with a window of 30 s. Resolves with their number.
 */
export async function fillOutbox(
  folder: string,
  most: { records?: number; bytes?: number },
  signal: AbortSignal,
): Promise<number> {
  const { records = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY } = most;
  let written = 0;
  let next: Buffer | undefined;
  for (let used = 0; used + SEGMENT_BYTES <= bytes && written < records; used += SEGMENT_BYTES) {
    signal.throwIfAborted();
    const segment = Buffer.alloc(SEGMENT_BYTES);
    const name = segmentName(written + 1);
    let end = 0;
    while (written < records) {
      const count = Math.min(PER_BLOCK, records - written);
      next ??= encodeBlock(Array.from({ length: count }, (_, index) => recordOf(written + index)));
      if (end + next.length > SEGMENT_BYTES) break;
      end += next.copy(segment, end);
      written += count;
      next = undefined;
    }
    writeFileSync(join(folder, name), segment);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const now = START + written * PERIOD;
  const numbers = { ...freshNumbers(KNOWN.stream, now), next: written + 1, reserved: written + 1 };
  writeFileSync(join(folder, NUMBERS_FILE), encodeNumbers(numbers));
  return written;
}

/** The database beside it: a row for each record, on disk with each commit. */
export function openRows(folder: string): DatabaseSync {
  const db = new DatabaseSync(join(folder, 'outbox.db'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, record BLOB NOT NULL)');
  return db;
}

export const INSERT_ROW = 'INSERT INTO records (number, record) VALUES (?, ?)';

export async function fillRows(folder: string, records: number, signal: AbortSignal): Promise<void> {
  const db = openRows(folder);
  try {
    const insert = db.prepare(INSERT_ROW);
    for (let n = 0; n < records; ) {
      signal.throwIfAborted();
      db.exec('BEGIN');
      for (const end = Math.min(records, n + 5_000); n < end; n++) insert.run(n + 1, encodedRecord(n));
      db.exec('COMMIT');
      await new Promise((resolve) => setImmediate(resolve));
    }
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}
