import type { DurableOutbox } from '../../agent/src/outbox/durable-outbox.ts';
import { Ground } from '../../agent/src/outbox/testing/box.ts';
import { BATCH_BYTES } from '../../agent/src/records.ts';
import { reportOf } from '../../agent/src/report.ts';
import { encodeMessage } from '../../broker-bridge/src/protocol/codec.ts';
import { RECORDS_PER_MESSAGE } from '../../broker-bridge/src/protocol/limits.ts';
import { durabilityWith, KNOWN, openRows } from './outbox-records.ts';

export const READERS = ['perch', 'sqlite'] as const;
export type ReaderName = (typeof READERS)[number];

export interface Drained {
  /** Time that it took, ms, without that of looking at the memory. */
  ms: number;
  records: number;
  /** Most by which the resident memory grew over that at the start, bytes; collected before each look. */
  growth: number;
  /** The same of what the heap and its buffers hold: without what the engine keeps for garbage to come. */
  live: number;
}

const LIMITS = { records: RECORDS_PER_MESSAGE, bytes: BATCH_BYTES, backlog: true };
/** Looks at the memory while it drains. */
const LOOKS = 6;

/** Measures a drain that takes one batch at each call, until it gives 0. */
async function drain(expected: number, next: () => number | Promise<number>): Promise<Drained> {
  const collect = globalThis.gc ?? (() => {});
  const look = (): { resident: number; live: number } => {
    collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { resident: rss, live: heapUsed + external };
  };
  const start = look();
  const result = { ms: 0, records: 0, growth: 0, live: 0 };
  let looked = 0;
  for (;;) {
    const began = performance.now();
    const taken = await next();
    result.ms += performance.now() - began;
    result.records += taken;
    if (taken === 0 || result.records - looked >= expected / LOOKS) {
      looked = result.records;
      const { resident, live } = look();
      result.growth = Math.max(result.growth, resident - start.resident);
      result.live = Math.max(result.live, live - start.live);
    }
    if (taken === 0) return result;
  }
}

/** An outbox of a run before, whose records can be sent. */
async function openOutbox(folder: string): Promise<{ box: DurableOutbox; ground: Ground }> {
  const ground = new Ground();
  const { promise, resolve } = Promise.withResolvers<void>();
  const box = ground.open({ folder, durability: durabilityWith('30s'), ready: resolve });
  box.has(true);
  await promise;
  return { box, ground };
}

async function close({ box, ground }: { box: DurableOutbox; ground: Ground }): Promise<void> {
  await box.close();
  ground.remove();
  if (ground.notes.length > 0) throw new Error(`the outbox says: ${ground.notes[0]}`);
}

const drainers: Record<ReaderName, (folder: string, expected: number) => Promise<Drained>> = {
  async perch(folder, expected) {
    const { box, ground } = await openOutbox(folder);
    const drained = await drain(expected, async () => {
      if (!box.has(true)) await box.idle();
      const { report, sent } = reportOf(box.batch(LIMITS), KNOWN);
      const { version, configVersion } = KNOWN;
      encodeMessage({ name: 'monitorRecord', version, configVersion, ...report });
      box.acknowledge(sent);
      if (box.size === 0) await box.idle(); // its files go
      return sent.records.length;
    });
    await close({ box, ground });
    return drained;
  },
  async sqlite(folder, expected) {
    const db = openRows(folder);
    const first = db.prepare('SELECT number, record FROM records ORDER BY number LIMIT ?');
    const stored = db.prepare('DELETE FROM records WHERE number <= ?');
    const drained = await drain(expected, () => {
      const rows = first.all(RECORDS_PER_MESSAGE);
      if (rows.length > 0) stored.run(rows.at(-1)!.number!);
      return rows.length;
    });
    db.close();
    return drained;
  },
};

/** Takes all records of a folder in batches. @throws Error when it was not `expected` records */
export async function drainAll(name: ReaderName, folder: string, expected: number): Promise<Drained> {
  const drained = await drainers[name](folder, expected);
  if (drained.records !== expected) throw new Error(`${name} gave ${drained.records} of ${expected} records`);
  return drained;
}

/** Ms until the first batch of a folder can be sent. */
export async function recovery(name: ReaderName, folder: string): Promise<number> {
  const began = performance.now();
  if (name === 'sqlite') {
    const db = openRows(folder);
    const rows = db.prepare('SELECT number, record FROM records ORDER BY number LIMIT ?').all(128);
    const took = performance.now() - began;
    db.close();
    if (rows.length === 0) throw new Error('no rows');
    return took;
  }
  const open = await openOutbox(folder);
  const { records } = open.box.batch(LIMITS);
  const took = performance.now() - began;
  await open.box.idle();
  await close(open);
  if (records.length === 0) throw new Error('the outbox was ready with nothing to send');
  return took;
}
