/** Bytes of records in a message: the first one, the least and, with records.ts' BATCH_BYTES, the most. */
export const FIRST_BYTES = 4 * 1024;
export const LEAST_BYTES = 512;
/** An exchange that took longer than this was too long for its link; one that took less than the other may be longer. In ms. */
export const SLOW_MS = 2_000;
export const FAST_MS = 500;
/** Pause between two messages of the backlog, as a share of what the exchange took, and in ms: a fifth of the link stays free. */
export const PAUSE_SHARE = 0.25;
export const PAUSE_MS = { least: 10, most: 1_000 };
/** A per-exchange connection does not stay for a backlog that the server wants later than this, in ms. */
export const QUIET_MS = 30_000;

/** How long messages may be on this link. */
export interface Pace {
  bytes: number;
  /** Round trip of the last exchange, ms; undefined before the first. */
  roundTrip: number | undefined;
}

export const FIRST_PACE: Pace = { bytes: FIRST_BYTES, roundTrip: undefined };

/** After an answer that came within `roundTrip` ms, to a message that was `full` or not. Pure. */
export function afterAnswer(pace: Pace, roundTrip: number, full: boolean, most: number): Pace {
  if (roundTrip > SLOW_MS) return { bytes: Math.max(LEAST_BYTES, pace.bytes >> 1), roundTrip };
  if (roundTrip < FAST_MS && full) return { bytes: Math.min(most, pace.bytes * 2), roundTrip };
  return { ...pace, roundTrip };
}

/** After a message that nobody answered in time. Pure. */
export const afterSilence = (pace: Pace): Pace => ({
  ...pace,
  bytes: Math.max(LEAST_BYTES, pace.bytes >> 1),
});

/** Pause before the next message of the backlog, in ms. Pure. */
export const pauseOf = ({ roundTrip }: Pace): number =>
  Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.least, (roundTrip ?? 0) * PAUSE_SHARE));
