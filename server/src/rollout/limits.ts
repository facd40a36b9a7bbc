/** Waves of a rollout, at most. */
export const WAVES_LIMIT = 20;
/** Longest soak and silence, ms: 90 days. */
export const SPAN_LIMIT_MS = 90 * 86_400_000;
/** Groups of one board, at most, and of one rollout. */
export const GROUPS_LIMIT = 16;
/** Boards at once, at most: as many as a server may know. */
export const AT_ONCE_LIMIT = 100_000;
/** Tries of one board, at most. */
export const TRIES_LIMIT = 100;

/** A board that runs a release for so long has proved it: the agent's own deadline for a trial, ms. */
export const PROVE_MS = 15 * 60_000;
/** A failure that was told before an offer is told again until the board has taken the offer in hand, ms. */
export const STALE_MS = 2 * 60_000;
/** Between two tries of one board, ms: four times as long from try to try, so that five of them span a day and a half. */
export const RETRY_MS = { least: 30 * 60_000, most: 24 * 3_600_000 };
/** An offer that a board does not take in hand within this time, though it is heard, gives its place to another's, ms. */
export const OFFER_MS = 3_600_000;
/** Tries of a board that no rollout has: by a pin or the standing release. */
export const OWN_TRIES = 5;
/** Boards that one tick tells of a release; the others are told by the next. */
export const PUSHED_PER_TICK = 1_000;
/** A server that heard nobody for longer than this was itself away: silence is counted from its return on, ms. */
export const OUTAGE_MS = 3_600_000;
/** How often a server notes that it listens, ms. */
export const ALIVE_MS = 5 * 60_000;
/** Boards that a status names of those in trouble, at most. */
export const TROUBLED_SHOWN = 20;
