/**
 * Commands travel as HTTP/1.1 over a unix socket: `POST /v1/command` with `{name, args}` as JSON, answered by lines of
 * JSON, each one of these. The last line is a result or an error.
 */
export type Line =
  | { progress: { done: number; total: number } }
  | { alive: true }
  | { result: unknown }
  | { error: { message: string; code?: string; data?: Record<string, unknown> } };

/** Largest request: a config of 64 KiB in JSON, with room. */
export const REQUEST_BODY_LIMIT = 1024 * 1024;
/** Largest answer: a page of a thousand records with many values each, with room. */
export const RESPONSE_BODY_LIMIT = 256 * 1024 * 1024;
export const CONNECTIONS_LIMIT = 32;
/** A request must have arrived within this time. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** A server at work on a command says so this often. */
export const ALIVE_MS = 2_000;
/** A client gives up on a server that says nothing for this long. */
export const SILENCE_TIMEOUT_MS = 30_000;
/** Progress is told at most this often. */
export const PROGRESS_MS = 100;
