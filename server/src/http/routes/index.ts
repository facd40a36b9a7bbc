import type { HttpContext } from '../context.ts';
import type { AnyRoute } from '../route.ts';
import { aboutRoutes } from './about.ts';
import { alertRoutes } from './alerts.ts';
import { commandRoutes } from './commands.ts';
import { configRoutes } from './configs.ts';
import { deviceRoutes } from './devices.ts';
import { eventRoutes } from './events.ts';
import { integrationRoutes } from './integrations.ts';
import { releaseRoutes } from './releases.ts';
import { retentionRoutes } from './retention.ts';
import { rolloutRoutes } from './rollouts.ts';
import { sessionRoutes } from './sessions.ts';
import { streamRoutes } from './stream.ts';
import { tokenRoutes } from './tokens.ts';
import { valueRoutes } from './values.ts';
import { webhookRoutes } from './webhooks.ts';

/** Every route below /api/v1 but those of logging in. */
export const allRoutes = (context: HttpContext): AnyRoute[] => [
  ...deviceRoutes(context),
  ...valueRoutes(context),
  ...configRoutes(context),
  ...rolloutRoutes(context),
  ...releaseRoutes(context),
  ...eventRoutes(context),
  ...alertRoutes(context),
  ...tokenRoutes(context),
  ...sessionRoutes(context),
  ...retentionRoutes(context),
  ...integrationRoutes(context),
  ...webhookRoutes(context),
  ...streamRoutes(context),
  ...aboutRoutes(context),
  ...commandRoutes(context),
];
