import { runCommand } from '../commands/commands.ts';
import type { CommandContext } from '../commands/context.ts';
import { FleetList } from '../fleet-list/fleet-list.ts';
import type { HttpContext } from './context.ts';
import type { HttpOptions } from './options.ts';
import { startHttp } from './server-http.ts';
import { Uploads } from './uploads.ts';
import { Watchers } from './watchers.ts';

/** That a link was made at the first start is remembered under this name. */
const GREETED = 'http.greeted';

export interface ServedPage {
  url: string;
  /** The server's context, which knows where the page is. */
  context: HttpContext;
  /** A link that logs in, when nobody could log in so far: made once in a data folder's life. */
  firstLink(): Promise<string | undefined>;
  close(): Promise<void>;
}

type Given = Pick<HttpContext, 'live' | 'feed' | 'values' | 'integrations' | 'failed'> & CommandContext;

/** Serves the API and the page for a running server. @throws Error for a person when it cannot listen */
export async function servePage(options: HttpOptions, given: Given): Promise<ServedPage> {
  const { store, dataDir, now, live, feed, failed } = given;
  const fleet = new FleetList({ store, now, feed, live });
  const watchers = new Watchers({ feed, store, now, failed });
  const uploads = new Uploads({ dataDir, now, failed });
  const context: HttpContext = { ...given, settings: { ...given.settings }, fleet, watchers, uploads };
  const tidy = (): void => {
    fleet.close();
    watchers.close();
    uploads.close();
  };
  try {
    const http = await startHttp(options, context);
    context.settings.page = http.url;
    return {
      url: http.url,
      context,
      async firstLink() {
        if ((await store.getSetting(GREETED)) !== undefined) return undefined;
        const server = { actor: 'server', scope: 'admin' } as const;
        const { url } = (await runCommand(context, server, 'login', {})) as { url: string };
        await store.setSetting(GREETED, String(now()));
        return url;
      },
      async close() {
        watchers.close();
        await http.close();
        tidy();
      },
    };
  } catch (error) {
    tidy();
    throw error;
  }
}
