/** Longest JSON body: a config of 64 KiB as a JSON string, with room. */
export const BODY_LIMIT = 1024 * 1024;
/** Answers from this length on are compressed, in bytes. */
export const COMPRESSED_FROM = 1024;
/** Connections at once, those that watch among them. */
export const HTTP_CONNECTIONS_LIMIT = 1_024;
/** A request's head must have arrived within this time, in ms; Node looks twice a minute. */
export const HTTP_HEAD_TIMEOUT_MS = 30_000;
/** Then its body within this, in ms; files take what they take, but not silently. */
export const HTTP_BODY_TIMEOUT_MS = 30_000;
/** A connection that waits for a request, a file that is being sent and an answer that is being read may be silent for so long, in ms. */
export const HTTP_SILENCE_MS = 120_000;
/** Logins and wrong secrets of one address: so many at once, and so many a second after. */
export const LOGIN_RATE = { burst: 10, perSecond: 10 / 60 };
/** Requests of one caller, which the page stays far below. */
export const CALLER_RATE = { burst: 200, perSecond: 50 };
/** Addresses and callers whose rates are kept. */
export const RATE_KEYS = 10_000;
/** How long a browser stays logged in, in ms. */
export const SESSION_MS = 30 * 86_400_000;
/** How long a link can be used, in ms. */
export const LINK_MS = 3_600_000;
/** That a grant was used is written down this often, in ms. */
export const USED_EVERY_MS = 60_000;
