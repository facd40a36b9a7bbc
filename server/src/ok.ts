import { WAIT_LIMIT_MS } from '@perch/broker-bridge/protocol/limits.ts';
import type { MessageOf } from '@perch/broker-bridge/protocol/messages.ts';
import { WAITING_ROWS_LIMIT } from './store/group-commit.ts';

/** Rows that wait for the disk up to which no board is asked to hold its backlog. */
export const UNLOADED_ROWS = WAITING_ROWS_LIMIT / 8;
/** How long a board is asked to hold its backlog when no more rows could wait, in ms; WAIT_LIMIT_MS at most. */
export const LOADED_WAIT_MS = Math.min(10_000, WAIT_LIMIT_MS);

/** How long backlogs should hold while so many rows wait for the disk, in ms. Pure. */
export function backlogWait(waitingRows: number): number {
  const over = Math.max(0, waitingRows - UNLOADED_ROWS) / (WAITING_ROWS_LIMIT - UNLOADED_ROWS);
  return Math.round(LOADED_WAIT_MS * Math.min(1, over));
}

/** The OK to a report whose records are stored. Pure. */
export function okOf(
  re: number,
  report: Pick<MessageOf<'monitorRecord'>, 'records' | 'timeless'>,
  now: { time: number; waitingRows: number; behind: boolean },
): MessageOf<'ok'> {
  const lost = report.timeless === true || report.records.some((record) => record.unsynchronised === true);
  const wait = backlogWait(now.waitingRows);
  return {
    name: 'ok',
    re,
    ...(lost ? { time: now.time } : {}),
    ...(wait === 0 ? {} : { wait }),
    ...(now.behind ? { behind: true } : {}),
  };
}
