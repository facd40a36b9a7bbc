import { readFileSync } from 'node:fs';
import { metricItem, type SelfMetric } from '@perch/broker-bridge/config/self-metrics.ts';
import type { ValueMap } from '@perch/broker-bridge/protocol/values.ts';
import type { OutboxStatus } from './outbox/outbox.ts';

/** What the board knows of itself. What is not known is left out. */
export interface SelfFacts {
  now: number; // Unix ms
  outbox: OutboxStatus;
  retries: number;
  roundTrip: number | undefined; // ms
  loopDelay: number; // ms
  restarts: number;
  clockOffset: number | undefined; // ms
  diskWritten: number | undefined; // bytes
  memory: number; // bytes
}

/** The items `perch.*` of a record: all of them when it is their turn, and that the disk fails always. Pure. */
export function selfMetrics(facts: SelfFacts, turn: boolean): ValueMap {
  const { outbox, now } = facts;
  const values: ValueMap = new Map();
  const put = (metric: SelfMetric, value: number | string | undefined): void => {
    if (value !== undefined) values.set(metricItem(metric), value);
  };
  if (outbox.disk !== 'ok') put('disk', outbox.disk);
  if (!turn) return values;
  put('outboxRecords', outbox.waiting);
  put('outboxAge', outbox.oldest === null ? 0 : Math.max(0, Math.round((now - outbox.oldest) / 1000)));
  put('outboxWritten', outbox.written);
  put('diskWritten', facts.diskWritten);
  put('dropped', outbox.dropped);
  put('retries', facts.retries);
  put('roundTrip', facts.roundTrip === undefined ? undefined : Math.round(facts.roundTrip));
  put('loopDelay', Math.round(facts.loopDelay));
  put('memory', facts.memory);
  put('restarts', facts.restarts);
  put('clockOffset', facts.clockOffset === undefined ? undefined : Math.round(facts.clockOffset));
  return values;
}

/** Bytes that this process had written to disks, as the kernel counts (proc(5), /proc/PID/io); undefined where it does not. */
export function diskWritten(procRoot: string): number | undefined {
  try {
    const text = readFileSync(`${procRoot}/self/io`, 'utf8');
    const [written, cancelled] = ['write_bytes', 'cancelled_write_bytes'].map((name) =>
      Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]),
    );
    const bytes = written! - cancelled!;
    return Number.isFinite(bytes) ? Math.max(0, bytes) : undefined;
  } catch {
    return undefined;
  }
}
