import type { Readings } from './sensors/sensor-set.ts';

/** What was read last, and when (Unix ms). */
export type NewestReadings = { takenAt: number } & Readings;

/** As the status tells it. */
export const readingsOf = (newest: NewestReadings | undefined) =>
  newest === undefined
    ? null
    : {
        takenAt: newest.takenAt,
        values: Object.fromEntries(newest.values),
        errors: Object.fromEntries(newest.errors),
      };
