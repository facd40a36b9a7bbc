/**
 * One Ctrl-C reaches a process more than once: from the terminal, from npm, from the program between. Signals so soon
 * after the first are the same wish, in ms.
 */
export const SAME_WISH_MS = 1_000;

/** What a signal to end means: begin the orderly end, nothing new, or end at once. Pure; times in ms. */
export function meaningOf(first: number | undefined, now: number): 'end' | 'same' | 'now' {
  if (first === undefined) return 'end';
  return now - first < SAME_WISH_MS ? 'same' : 'now';
}

/** Calls `end` at the first SIGINT or SIGTERM; a later one, not of the same key press, ends the process at once. */
export function onToldToEnd(end: () => void): void {
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    const meaning = meaningOf(first, now);
    if (meaning === 'now') process.exit(signal === 'SIGINT' ? 130 : 143);
    if (meaning === 'same') return;
    first = now;
    end();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}
