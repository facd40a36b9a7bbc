import type { Note } from './dispatcher-options.ts';
import type { LogEntry } from './serve-options.ts';

/** Notes per second that reach the log; more are only counted. */
export const NOTES_PER_SECOND = 10;

/** Passes notes on to the log. A stranger who sends garbage must not fill it. `now` in Unix ms. */
export function noteLog(log: (entry: LogEntry) => void, now: () => number): (note: Note) => void {
  let second = 0;
  let count = 0;
  return ({ alias, text, code, level }) => {
    const current = Math.floor(now() / 1000);
    if (current !== second) {
      if (count > NOTES_PER_SECOND)
        log({ level: 'warn', text: `${count - NOTES_PER_SECOND} more notes are left out here` });
      second = current;
      count = 0;
    }
    count += 1;
    if (count > NOTES_PER_SECOND) return;
    const byCode = code === 'INTERNAL' ? 'error' : code === undefined ? 'info' : 'warn';
    log({ level: level ?? byCode, text: alias === undefined ? text : `${alias}: ${text}` });
  };
}
