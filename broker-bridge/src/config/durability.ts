import { type Static, Type } from '@sinclair/typebox';
import { closed } from './common.ts';
import { Duration, durationMs } from './duration.ts';
import { KEEP_DEFAULT, METRICS_DEFAULT, SIZE_DEFAULT_MB, SIZE_MAX_MB, WINDOW_DEFAULT } from './limits.ts';

/** How the board keeps records that the server does not have yet. */
export const DurabilityConfig = closed({
  window: Type.Optional(Duration),
  sizeMB: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: SIZE_MAX_MB,
      description: `most megabytes on the board's disk, 1 to ${SIZE_MAX_MB}`,
    }),
  ),
  keep: Type.Optional(Duration),
});
export type DurabilityConfig = Static<typeof DurabilityConfig>;

/** The parts of a config that say how records are kept. */
export interface KeepingConfig {
  period: string;
  durability?: DurabilityConfig;
  metrics?: string;
}

/** With its defaults filled in. Pure. */
export function durabilityOf({ period, durability = {} }: KeepingConfig): {
  windowMs: number;
  bytes: number;
  ageMs: number;
  /** Most records that are taken in a window, with one more that is just being taken. */
  exposed: number;
} {
  const windowMs = durability.window === undefined ? WINDOW_DEFAULT : durationMs(durability.window);
  return {
    windowMs,
    bytes: (durability.sizeMB ?? SIZE_DEFAULT_MB) * 1_000_000,
    ageMs: durability.keep === undefined ? KEEP_DEFAULT : durationMs(durability.keep),
    exposed: Math.ceil(windowMs / durationMs(period)) + 1,
  };
}

/** How often a record tells `perch.*`, ms; 0: never. */
export const metricsMs = ({ metrics }: KeepingConfig): number =>
  metrics === undefined ? METRICS_DEFAULT : durationMs(metrics);
