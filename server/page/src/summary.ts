import { signal } from '@preact/signals';
import { get } from './api.ts';
import type { DevicePage } from './api-types.ts';
import type { Alert } from './api-types-fleet.ts';
import { calmly } from './calmly.ts';
import { onReconnect, watch } from './live.ts';

/** What the menu counts: who waits to be let in, and what fires. */
export const summary = signal({ pending: 0, firing: 0 });

/** Between two counts, at least, in ms. */
const EVERY_MS = 10_000;
/** And when nothing is heard, in ms. */
const IDLE_MS = 60_000;

async function count(): Promise<void> {
  const [boards, alerts] = await Promise.allSettled([
    get<DevicePage>('/devices', { limit: 1 }),
    get<{ alerts: Alert[] }>('/alerts', { state: 'firing' }),
  ]);
  // What cannot be counted stays as it was.
  const { pending, firing } = summary.value;
  summary.value = {
    pending: boards.status === 'fulfilled' ? boards.value.counts.pending : pending,
    firing: alerts.status === 'fulfilled' ? alerts.value.alerts.length : firing,
  };
}

/** Counts now and after what happens, until the returned function is called. */
export function watchSummary(): () => void {
  const recount = calmly(() => void count(), EVERY_MS);
  void count();
  const undo = [watch('events', recount.soon), onReconnect(recount.soon)];
  const timer = setInterval(recount.soon, IDLE_MS);
  return () => {
    for (const end of undo) end();
    clearInterval(timer);
    recount.stop();
  };
}
