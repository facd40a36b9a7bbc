import type { FleetEvent } from '../store/event-contract.ts';
import type { CommandContext } from './context.ts';

/** Keeps events, and tells those who watch a running server. */
export async function remember(
  { store, live }: Pick<CommandContext, 'store' | 'live'>,
  events: readonly FleetEvent[],
): Promise<void> {
  await store.addEvents(events);
  live?.happened(events);
}
