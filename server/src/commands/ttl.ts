const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** How long a token's secret may be used, in ms: 7 days unless told, from a minute to 30 days. */
export const TTL = { default: 7 * DAY, least: MINUTE, most: 30 * DAY };
