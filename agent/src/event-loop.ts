import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the event loop is looked at, in ms. Looking costs processor time: a closer look is asked for by PERCH_EVENT_LOOP=1. */
const RESOLUTION = 1_000;
const CLOSE_RESOLUTION = 10;

export interface LoopDelay {
  p50: number; // ms
  p99: number;
  max: number;
}

/** Delays of the event loop since the start, or since the last `reset`. */
export function eventLoopDelay(env: NodeJS.ProcessEnv): { read(): LoopDelay; reset(): void } {
  const resolution = env.PERCH_EVENT_LOOP === '1' ? CLOSE_RESOLUTION : RESOLUTION;
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  // The histogram counts from one look to the next, so an idle loop shows the resolution itself.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution);
  return {
    read: () => ({
      p50: late(histogram.percentile(50)),
      p99: late(histogram.percentile(99)),
      max: late(histogram.max),
    }),
    reset: () => histogram.reset(),
  };
}
