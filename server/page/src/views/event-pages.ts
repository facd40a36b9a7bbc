import type { FleetEvent } from '../api-types.ts';

export interface EventPage {
  events: FleetEvent[];
  next: number | null;
}

/** Older events, and the newest page that they follow. */
export interface OlderEvents extends EventPage {
  after: EventPage;
}

/** Events that are kept while one scrolls. */
export const EVENTS_SHOWN = 5_000;

/**
 * The newest page, with what happened since in front and older pages behind. Older ones that follow another page, of another
 * filter or from before a pause of the connection, are left out: something would be missing between. Pure.
 */
export function joined(
  page: EventPage,
  fresh: readonly FleetEvent[],
  older: OlderEvents | undefined,
): EventPage {
  const newest = page.events[0]?.id ?? 0;
  const since = fresh.filter(({ id }) => id > newest);
  const fits = older?.after === page ? older : undefined;
  const events = [...since, ...page.events, ...(fits?.events ?? [])].slice(0, EVENTS_SHOWN);
  return { events, next: events.length === EVENTS_SHOWN ? null : fits === undefined ? page.next : fits.next };
}
