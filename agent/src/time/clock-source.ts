import { existsSync } from 'node:fs';
import { uptime } from 'node:os';
import type { BoardModule } from '../native/types.ts';
import { type KernelClock, kernelClock } from './kernel-clock.ts';

/** The clocks of a machine, as they are. Milliseconds. */
export interface ClockSource {
  /** Unix ms of the wall clock, which may be set at any time. */
  wall(): number;
  /** Since the boot, suspends counted. Never goes back. */
  sinceBoot(): number;
  /** Never goes back, suspends not counted: for deadlines. */
  monotonic(): number;
  kernel(): KernelClock;
}

/** systemd-timesyncd leaves this file once it has set the clock. */
const TIMESYNC_FILE = '/run/systemd/timesync/synchronized';

/**
 * The clocks of this machine. Without the native part the time since the boot comes from /proc/uptime (10 ms fine), and the
 * clock counts as set when systemd-timesyncd says so.
 */
export function systemClocks(board: BoardModule | undefined, timesyncFile = TIMESYNC_FILE): ClockSource {
  const clocks = { wall: () => Date.now(), monotonic: () => performance.now() };
  const kernelByFile = (): KernelClock => ({ synchronised: existsSync(timesyncFile) });
  if (board === undefined) return { ...clocks, sinceBoot: () => uptime() * 1e3, kernel: kernelByFile };
  return {
    ...clocks,
    sinceBoot: () => board.sinceBoot(),
    kernel() {
      try {
        return kernelClock(board.clockState());
      } catch {
        return kernelByFile(); // a container may forbid the call
      }
    },
  };
}
