import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the event loop is looked at, in ms. */
const RESOLUTION = 10;
const ms = (nanoseconds: number): number => nanoseconds / 1e6;

/** Delays of the event loop since the start, in ms; undefined unless PERCH_EVENT_LOOP=1, since looking costs processor time. */
export function eventLoopDelay(
  env: NodeJS.ProcessEnv,
): () => { p50: number; p99: number; max: number } | undefined {
  if (env.PERCH_EVENT_LOOP !== '1') return () => undefined;
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  // The histogram counts from one look to the next, so an idle loop shows the resolution itself.
  const late = (value: number): number => Math.max(0, ms(value) - RESOLUTION);
  return () => ({
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
  });
}
