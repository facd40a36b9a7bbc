import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESERVE_STEP } from '../../agent/src/outbox/limits.ts';
import type { Benchmark, Watch } from './benchmark.ts';
import { loopDisk, whyNoLoopDisk } from './loop-disk.ts';
import { numberOption, wordOption } from './options.ts';
import {
  drainFigures,
  drainTable,
  recoveryFigures,
  recoveryTable,
  type Started,
  writeFigures,
  writeTable,
} from './outbox-findings.ts';
import { type Drained, READERS, type ReaderName } from './outbox-reads.ts';
import { fillOutbox, fillRows } from './outbox-records.ts';
import { runSide } from './outbox-run.ts';
import { WRITERS, type WriterName } from './outbox-writes.ts';
import type { Findings } from './report.ts';

/** Sizes of outboxes to start with, in MB: that of the default config, and one that lasted for a night. */
const RECOVERED_MB = [6, 64] as const;
/** As many as takes two steps of numbers from the disk, so that these count as often as they come. */
const RECORDS = RESERVE_STEP + 10;
/** Rounds of drain and recovery, of which the median counts. */
const ROUNDS = 3;
const MEASURES = ['loop', 'process', 'best'] as const;

/** An empty folder for one side, which goes afterwards however that ends. */
async function within<T>(root: string, run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(root, 'side-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writes(
  root: string,
  records: number,
  loop: boolean,
  watch: Watch,
): Promise<Record<WriterName, number>> {
  const found: [WriterName, number][] = [];
  for (const name of WRITERS) {
    watch.progress(`${records} records to the disk: ${name}`);
    const bytes = await within(root, (side) => {
      const { folder, words } = loop ? loopDisk(side) : { folder: side, words: [] };
      const args = ['write', name, folder, String(records), loop ? 'loop' : 'process'];
      return runSide<number>(args, watch.signal, words);
    });
    found.push([name, bytes]);
  }
  return Object.fromEntries(found) as Record<WriterName, number>;
}

/** Runs both sides in turn, each in a process of its own. */
async function alternately<T>(run: (who: ReaderName) => Promise<T>): Promise<Record<ReaderName, T[]>> {
  const results: Record<ReaderName, T[]> = { perch: [], sqlite: [] };
  for (let round = 0; round < ROUNDS; round++) for (const who of READERS) results[who].push(await run(who));
  return results;
}

async function drains(root: string, records: number, watch: Watch): Promise<Record<ReaderName, Drained[]>> {
  return within(root, async (full) => {
    watch.progress(`filling the outbox with ${records} records`);
    for (const who of READERS) mkdirSync(join(full, who));
    await fillOutbox(join(full, 'perch'), { records }, watch.signal);
    await fillRows(join(full, 'sqlite'), records, watch.signal);
    return alternately((who) => {
      watch.progress(`draining ${records} records: ${who}`);
      return within(root, (folder) => {
        cpSync(join(full, who), folder, { recursive: true });
        return runSide<Drained>(['drain', who, folder, String(records)], watch.signal);
      });
    });
  });
}

async function recoveries(root: string, bytes: number, watch: Watch): Promise<Started> {
  return within(root, async (full) => {
    watch.progress(`filling the outbox with ${bytes / 1e6} MB`);
    for (const who of READERS) mkdirSync(join(full, who));
    const records = await fillOutbox(join(full, 'perch'), { bytes }, watch.signal);
    await fillRows(join(full, 'sqlite'), records, watch.signal);
    const ms = await alternately((who) => {
      watch.progress(`starting with ${bytes / 1e6} MB: ${who}`);
      return runSide<number>(['recover', who, join(full, who)], watch.signal);
    });
    return { bytes, records, ms };
  });
}

interface Plan {
  records: number;
  drained: number;
  /** Bytes of outboxes to start with. */
  sizes: readonly number[];
  measure: (typeof MEASURES)[number];
}

async function measureAll(plan: Plan, watch: Watch): Promise<Findings> {
  const root = mkdtempSync(join(tmpdir(), 'perch-bench-outbox-'));
  try {
    const why =
      plan.measure === 'process'
        ? 'that was not asked for'
        : await within(root, async (folder) => whyNoLoopDisk(folder));
    if (plan.measure === 'loop' && why !== undefined)
      throw new Error(`no file system on a loop device: ${why}`);
    const written = await writes(root, plan.records, why === undefined, watch);
    const drained = await drains(root, plan.drained, watch);
    const started: Started[] = [];
    for (const size of plan.sizes) started.push(await recoveries(root, size, watch));
    return {
      figures: [
        ...writeFigures(written, why === undefined ? 'loop' : 'process'),
        ...drainFigures(drained),
        ...started.flatMap(recoveryFigures),
      ],
      text: [
        writeTable(written, plan.records, why),
        drainTable(drained, plan.drained),
        recoveryTable(started),
      ].join('\n\n'),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export const outbox: Benchmark = {
  name: 'outbox',
  summary: 'bytes to the disk per record, drain and start of the outbox, beside SQLite and a plain append',
  help: `
Bytes to the disk: each side, in a process of its own, keeps records of ten numbers, one in ten seconds of a virtual clock, and
what the disk gets is counted: the sectors of a loop device with a fresh ext4 (4 KiB blocks, noatime). The journal commits and
the write-back that the kernel does by itself after 5 s and 30 s are done in the board's time: each write of a file costs three
blocks of the journal for its time stamp. That takes root, mkfs.ext4 and a loop device; else what each process dirtied in the
page cache is counted (write_bytes), without the journal. Perch: with a server that OKs each record at once, and with the server
away, by loss window. SQLite: WAL at its full length, synchronous=FULL, a commit for each record. Append: write and fsync for
each record.
Drain: from a full outbox (window of 30 s) to encoded messages that are acknowledged at once; SQLite selects 128 rows, deletes
them and commits, and encodes nothing. RESIDENT: most growth of the resident set over that at the start; LIVE: of the heap and
its buffers; both after a collection. Start: from the constructor until the first batch can be taken, the files in the page
cache; SQLite: from opening until 128 rows are selected. Both in the temp folder (TMPDIR), ${ROUNDS} rounds in turn, the median counts.`,
  options: {
    records: { value: 'N', help: `records that each side keeps (default: ${RECORDS})` },
    drain: { value: 'N', help: 'records that are drained (default: 60000)' },
    size: { value: 'MB', help: `full outbox to start with (default: ${RECOVERED_MB.join(' and ')})` },
    measure: {
      value: 'WORD',
      help: 'what counts bytes: loop, process, or best (default): loop where that can be',
    },
  },
  async run(values, watch): Promise<Findings> {
    const size = numberOption(values, 'size', 0, { least: 1, most: 256 });
    return measureAll(
      {
        records: numberOption(values, 'records', RECORDS, { least: 3, most: 100_000 }),
        drained: numberOption(values, 'drain', 60_000, { least: 3, most: 1_000_000 }),
        sizes: (size === 0 ? RECOVERED_MB : [size]).map((megabytes) => megabytes * 1e6),
        measure: wordOption(values, 'measure', 'best', MEASURES),
      },
      watch,
    );
  },
};
