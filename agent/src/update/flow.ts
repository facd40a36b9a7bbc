import { WINDOW_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import { FRAME_MOST, PIECE } from './range-book.ts';

/**
 * How much of an object is asked for at once. What is on its way stands before the server's answers to records, so a
 * request is no larger than what the link carries in FLOW_MS. Pure.
 */
export interface Flow {
  /** Bytes to ask for. */
  want: number;
  /** Requests in a row that were not answered in full. */
  silent: number;
}

/** How long the answer to one request may keep the link busy, ms. */
export const FLOW_MS = 1_000;
/** What the first request asks for: little, as nothing is known of the link. */
export const FLOW_START: Flow = { want: 16 * 1024, silent: 0 };
/** Most bytes on their way at once. */
export const FLOW_LIMIT = FRAME_MOST * WINDOW_LIMIT;

const clamp = (bytes: number): number =>
  Math.max(PIECE, Math.min(FLOW_LIMIT, Math.floor(bytes / PIECE) * PIECE));

/** The whole answer came after `ms`: ask for what that rate carries in FLOW_MS, at most twice as much as before. */
export const answered = ({ want }: Flow, bytes: number, ms: number): Flow => ({
  want: clamp(Math.min(2 * want, (bytes * FLOW_MS) / Math.max(ms, 1))),
  silent: 0,
});

/** Not all of it came in time. */
export const unanswered = ({ want, silent }: Flow): Flow => ({ want: clamp(want / 2), silent: silent + 1 });

/** The frame size and the number of frames of a request for `want` bytes: few frames, as each has its overhead. */
export function framesOf({ want }: Flow): { frame: number; count: number } {
  const frame = Math.min(FRAME_MOST, want);
  return { frame, count: Math.max(1, Math.min(WINDOW_LIMIT, Math.floor(want / frame))) };
}

/** Ms to hold after `bytes` that came in `ms`, for a board whose config allows `maxRate` bytes per second. */
export const holdMs = (bytes: number, ms: number, maxRate: number | undefined): number =>
  maxRate === undefined ? 0 : Math.max(0, (bytes / maxRate) * 1000 - ms);

/** What a request may ask for at most, so that a board with a rate of its own gets some each second. */
export const withinRate = (flow: Flow, maxRate: number | undefined): Flow =>
  maxRate === undefined ? flow : { ...flow, want: clamp(Math.min(flow.want, maxRate)) };
