import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Ground } from '../../agent/src/outbox/testing/box.ts';
import { BATCH_BYTES } from '../../agent/src/records.ts';
import { RECORDS_PER_MESSAGE } from '../../broker-bridge/src/protocol/limits.ts';
import type { CountedDisk } from './loop-disk.ts';
import {
  durabilityWith,
  encodedRecord,
  INSERT_ROW,
  openRows,
  PERIOD,
  takenRecord,
} from './outbox-records.ts';

/** Who keeps records while the server is away, or there. */
export const WRITERS = ['perch-ok', 'perch-30s', 'perch-5s', 'perch-0s', 'sqlite', 'append'] as const;
export type WriterName = (typeof WRITERS)[number];

/** Periods after which the kernel has written back all that was dirty: 30 s. */
const WRITE_BACK_EACH = 3;

interface Writer {
  add(n: number): void;
  /** Lets the board's time pass. */
  pass(ms: number): Promise<void>;
  close(): void;
}

function perch(folder: string, window: string, stored: boolean): Writer {
  const ground = new Ground(); // its journal is in RAM, as the agent's is
  const box = ground.open({ folder: join(folder, 'outbox'), durability: durabilityWith(window) });
  return {
    add(n) {
      box.add(takenRecord(n, ground.now));
      if (stored)
        box.acknowledge(box.batch({ records: RECORDS_PER_MESSAGE, bytes: BATCH_BYTES, backlog: true }));
    },
    pass: (ms) => ground.pass(box, ms),
    close() {
      ground.remove();
      if (ground.notes.length > 0) throw new Error(`the outbox says: ${ground.notes[0]}`);
    },
  };
}

/** Commits after which the WAL file does not grow any more: SQLite checkpoints it at 1,000 pages. */
const WAL_IS_LONG = 1_100;

function sqlite(folder: string): Writer {
  const db = openRows(folder);
  const insert = db.prepare(INSERT_ROW);
  // A board runs for months, and the first hours, in which the file grows, cost about half as much again.
  db.exec('PRAGMA synchronous = OFF');
  for (let n = 0; n < WAL_IS_LONG; n++) insert.run(n + 1, encodedRecord(n));
  db.exec('PRAGMA synchronous = FULL');
  return {
    add: (n) => void insert.run(WAL_IS_LONG + n + 1, encodedRecord(n)),
    pass: async () => {},
    close: () => db.close(),
  };
}

function append(folder: string): Writer {
  const fd = openSync(join(folder, 'records'), 'a');
  return {
    add(n) {
      writeSync(fd, encodedRecord(n));
      fsyncSync(fd);
    },
    pass: async () => {},
    close: () => closeSync(fd),
  };
}

const OPEN: Record<WriterName, (folder: string) => Writer> = {
  'perch-ok': (folder) => perch(folder, '30s', true),
  'perch-30s': (folder) => perch(folder, '30s', false),
  'perch-5s': (folder) => perch(folder, '5s', false),
  'perch-0s': (folder) => perch(folder, '0s', false),
  sqlite,
  append,
};

/** Bytes that the disk gets per record, of a writer that was opened already and is not closed yet. */
export async function bytesPerRecord(
  name: WriterName,
  folder: string,
  records: number,
  disk: CountedDisk,
): Promise<number> {
  const writer = OPEN[name](folder);
  try {
    disk.commit();
    disk.writeBack();
    const before = disk.written();
    for (let n = 0; n < records; n++) {
      writer.add(n);
      await writer.pass(PERIOD / 2);
      disk.commit();
      await writer.pass(PERIOD / 2);
      if (n % WRITE_BACK_EACH === WRITE_BACK_EACH - 1) disk.writeBack();
    }
    await writer.pass(3 * PERIOD); // the last window
    disk.commit();
    disk.writeBack();
    return (disk.written() - before) / records;
  } finally {
    writer.close();
  }
}
