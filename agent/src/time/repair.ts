/** The times of a record; see RECORD in broker-bridge/src/protocol/messages.ts. */
export interface Timed {
  timestamp: number; // Unix ms
  sinceBoot?: number; // ms
  boot: Uint8Array;
  unsynchronised?: boolean;
}

/** What is known of boots: Unix ms at a boot's zero, or undefined. */
export type OffsetOf = (boot: Uint8Array) => number | undefined;

/**
 * A record that was taken before the clock was set, with its true time, once its boot's offset is known: this boot's, or that of
 * an earlier boot that was kept. Any other record is given back as it is. `sinceBoot` stays. Pure.
 */
export function repair<R extends Timed>(record: R, offsetOf: OffsetOf): R {
  if (record.unsynchronised !== true || record.sinceBoot === undefined) return record;
  const offset = offsetOf(record.boot);
  if (offset === undefined) return record;
  const { unsynchronised: _, ...rest } = record;
  return { ...rest, timestamp: Math.max(0, Math.round(offset + record.sinceBoot)) } as R;
}
