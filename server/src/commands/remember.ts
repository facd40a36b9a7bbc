import type { Store } from '../store/contract.ts';
import type { FleetEvent } from '../store/event-contract.ts';
import type { LiveServer } from './live.ts';

/** Keeps events, and tells those who watch a running server. */
export async function remember(
  { store, live }: { store: Pick<Store, 'addEvents'>; live?: Pick<LiveServer, 'happened'> | undefined },
  events: readonly FleetEvent[],
): Promise<void> {
  await store.addEvents(events);
  live?.happened(events);
}
