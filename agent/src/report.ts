import { encodeMessage } from '@perch/broker-bridge/protocol/codec.ts';
import { ORIGINS_PER_MESSAGE, REQUEST_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import type { MessageOf, WireRecord } from '@perch/broker-bridge/protocol/messages.ts';
import { gapToWire } from './outbox/gaps.ts';
import { type Batch, bare, hex, Origins, type OutboxRecord } from './outbox/record.ts';

/** What the receiver knows already, so that records need not say it. */
export interface Known {
  version: string;
  configVersion: number;
  boot: Uint8Array; // of Hello
  stream: Uint8Array; // of Hello
}

type Report = Pick<MessageOf<'monitorRecord'>, 'records' | 'stream' | 'boots' | 'versions' | 'gaps'>;

/** A batch as a Monitor Record tells it, and the batch as far as it went in: records of many boots need several. Pure. */
export function reportOf(batch: Batch, known: Known): { report: Report; sent: Batch } {
  const boots = new Origins<Uint8Array>();
  const versions = new Origins<string>();
  const records: WireRecord[] = [];
  const sent: OutboxRecord[] = [];
  const own = hex(known.boot);
  for (const record of batch.records) {
    const boot = hex(record.boot) === own ? undefined : boots.place(record.boot, hex(record.boot));
    const version =
      record.version === known.version ? undefined : versions.place(record.version, record.version);
    if (Math.max(boot ?? 0, version ?? 0) >= ORIGINS_PER_MESSAGE) break;
    sent.push(record);
    records.push({
      ...bare(record),
      ...(record.configVersion === known.configVersion ? {} : { configVersion: record.configVersion }),
      ...(boot === undefined ? {} : { boot }),
      ...(version === undefined ? {} : { version }),
    });
  }
  return {
    sent: { ...batch, records: sent },
    report: {
      records,
      ...(records.length === 0 || hex(batch.stream) === hex(known.stream) ? {} : { stream: batch.stream }),
      ...(boots.list.length === 0 ? {} : { boots: boots.list.slice(0, ORIGINS_PER_MESSAGE) }),
      ...(versions.list.length === 0 ? {} : { versions: versions.list.slice(0, ORIGINS_PER_MESSAGE) }),
      ...(batch.gaps.length === 0
        ? {}
        : {
            gaps: batch.gaps.map((gap) => gapToWire(gap, records.length === 0 ? known.stream : batch.stream)),
          }),
    },
  };
}

/** Bytes around a record in a payload: envelope, seal, and what a report says beside its records. */
const AROUND_RECORD = 1024;

/** A message can carry this record. */
export function isSendable(record: OutboxRecord): boolean {
  try {
    const records = [bare(record)];
    const alone = encodeMessage({ name: 'monitorRecord', version: '', configVersion: 0, records });
    return alone.length <= REQUEST_LIMIT - AROUND_RECORD;
  } catch {
    return false;
  }
}
