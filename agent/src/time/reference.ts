/** What a believed clock says about a boot: Unix ms at the boot's zero, and how far off that can be. */
export interface Reference {
  offset: number;
  /** ms, at `at`. */
  error: number;
  /** When it was learnt, ms since the boot. */
  at: number;
}

/** Greatest drift of a board's oscillator that is reckoned with: ms per ms. Crystals of boards stay within 50 ppm. */
export const DRIFT_BOUND = 100e-6;
/** Answers that took longer tell nothing, in ms. */
export const ROUND_TRIP_LIMIT_MS = 60_000;
/** Before this no clock is believed, neither a server's nor a board's: it was never set. */
export const EARLIEST_MS = Date.UTC(2025, 0, 1);
/** After this no clock is believed either: year 9999, the last that ISO 8601 writes with four digits. */
export const LATEST_MS = Date.UTC(9999, 11, 31);
/** Times travel in whole ms. */
const ROUNDING_MS = 1;

export const isPlausible = (unixMs: number): boolean => unixMs >= EARLIEST_MS && unixMs <= LATEST_MS;

/** How far off a reference can be at `now` (ms since the boot). Pure. */
export const errorAt = ({ error, at }: Reference, now: number): number =>
  error + Math.max(0, now - at) * DRIFT_BOUND;

/**
 * A reference from a server's answer, or undefined when it tells nothing. Pure.
 * @param serverTime Unix ms
 * @param roundTrip ms from the request to the answer; the server's time lies in its middle, give or take half
 * @param now ms since the boot, when the answer came
 */
export function fromAnswer(serverTime: number, roundTrip: number, now: number): Reference | undefined {
  if (!isPlausible(serverTime) || !(roundTrip >= 0 && roundTrip <= ROUND_TRIP_LIMIT_MS)) return undefined;
  return { offset: serverTime + roundTrip / 2 - now, error: roundTrip / 2, at: now };
}

/**
 * The better of what is known and what was just learnt. The one that can be less far off wins, so a short round trip holds until
 * drift has eaten its lead. Where both cannot be true, the clock behind them was set: the newer wins. Pure.
 */
export function better(known: Reference | undefined, learnt: Reference): Reference {
  if (known === undefined) return learnt;
  const bound = errorAt(known, learnt.at);
  const contradict = Math.abs(learnt.offset - known.offset) > learnt.error + bound + ROUNDING_MS;
  return contradict || learnt.error <= bound ? learnt : known;
}
