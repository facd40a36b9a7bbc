import type { CommandProgress } from '../commands/context.ts';
import { PROGRESS_MS } from './wire.ts';

/** Passes progress on no more often than every PROGRESS_MS, but always the first and the last. `now`: ms of a clock that only rises. */
export function sparing(tell: CommandProgress, now: () => number = () => performance.now()): CommandProgress {
  let told = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    if (now() - told < PROGRESS_MS && done < total) return;
    told = now();
    tell(done, total);
  };
}
