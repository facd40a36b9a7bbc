import { ITEMS_LIMIT } from '../protocol/values.ts';
import type { Item } from './common.ts';
import { itemsOf } from './items.ts';
import { METRICS_SENSOR } from './limits.ts';
import type { Config } from './schema.ts';

/** What a board tells of itself, as items `perch.<key>`: unit (UCUM) and meaning. */
export const SELF_METRICS = {
  outboxRecords: ['{record}', 'records that wait for the server'],
  outboxAge: ['s', 'age of the oldest of them'],
  outboxWritten: ['By', 'bytes that the outbox gave to the disk since the start'],
  diskWritten: [
    'By',
    'bytes that the agent had written to disks since the start, as the kernel counts (proc(5), /proc/PID/io)',
  ],
  dropped: ['{record}', 'records given up since the start, at most; gaps say which'],
  retries: ['1', 'reports sent again since the start'],
  roundTrip: ['ms', 'from the last report to its answer'],
  loopDelay: ['ms', 'longest delay of the event loop since the last time this was told'],
  memory: ['By', 'resident memory of the agent'],
  restarts: ['1', 'starts since the enrolment'],
  clockOffset: ['ms', "the board's clock minus the server's"],
  disk: [undefined, 'only while the disk takes no records: full, read-only, denied or io'],
} as const satisfies Record<string, readonly [unit: string | undefined, what: string]>;
export type SelfMetric = keyof typeof SELF_METRICS;

export const metricItem = (metric: SelfMetric): string => `${METRICS_SENSOR}.${metric}`;

/**
 * The items that have a number on the wire: those of the sensors, then those of the board itself where there is room.
 * Both ends build this from the same config.
 */
export function wireItems(config: Config): Item[] {
  const own = Object.entries(SELF_METRICS).map(([key, [unit]]) => ({
    name: `${METRICS_SENSOR}.${key}`,
    ...(unit === undefined ? {} : { unit }),
  }));
  return [...itemsOf(config), ...own].slice(0, ITEMS_LIMIT);
}
