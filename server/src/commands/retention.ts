import { Type } from '@sinclair/typebox';
import { loadRetention, Retention, saveRetention } from '../series/retention.ts';
import { command } from './context.ts';
import { CommandRefused } from './refusal.ts';

/** How long is kept what boards sent. */
export const retentionGet = command(Type.Object({}, { additionalProperties: false }), ({ store }) =>
  loadRetention(store),
);

/** What is too old by it goes within minutes, and is gone. */
export const retentionSet = command(Retention, async ({ store }, { rawDays, hourDays }) => {
  if (hourDays < rawDays)
    throw new CommandRefused(
      `hours must be kept at least as long as records: give ${rawDays} days or more for hours`,
    );
  const before = await loadRetention(store);
  await saveRetention(store, { rawDays, hourDays });
  return { rawDays, hourDays, before };
});
