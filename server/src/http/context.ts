import type { CommandContext } from '../commands/context.ts';
import type { LiveServer } from '../commands/live.ts';
import type { Feed } from '../feed.ts';
import type { FleetList } from '../fleet-list/fleet-list.ts';
import type { Integrations } from '../integrations/integrations.ts';
import type { Values } from '../series/values.ts';
import type { Patience } from './slow-callers.ts';
import type { Uploads } from './uploads.ts';
import type { Watchers } from './watchers.ts';

/** What the HTTP API has of the running server. */
export interface HttpContext extends CommandContext {
  live: LiveServer;
  feed: Feed;
  fleet: FleetList;
  watchers: Watchers;
  uploads: Uploads;
  values: Values;
  /** What runs of the integrations. */
  integrations?: Integrations;
  /** Left out: that of a server. */
  patience?: Patience;
  /** A fault of the program, for the log. */
  failed(what: string, error: unknown): void;
}
