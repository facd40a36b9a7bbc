import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FastifyInstance, InjectOptions } from 'fastify';
import {
  type CommandArgs,
  type CommandName,
  type CommandResult,
  runCommand,
} from '../../commands/commands.ts';
import { Feed } from '../../feed.ts';
import { FleetList } from '../../fleet-list/fleet-list.ts';
import { loadKeys } from '../../keys.ts';
import { readValues } from '../../series/values.ts';
import type { Scope } from '../../store/access-contract.ts';
import { databasePath, openSqliteStore } from '../../store/sqlite.ts';
import { toldServer } from '../../testing/told-server.ts';
import type { HttpContext } from '../context.ts';
import type { HttpOptions } from '../options.ts';
import { makeApp } from '../server-http.ts';
import type { Patience } from '../slow-callers.ts';
import { Uploads } from '../uploads.ts';
import { Watchers } from '../watchers.ts';

export const NOW = Date.UTC(2026, 5, 1);
export const LOCAL = { actor: 'local:test', scope: 'admin' } as const;

/** The HTTP server on a real store, asked without a network; time stands still until it is moved. */
export interface HttpHouse {
  app: FastifyInstance;
  context: HttpContext;
  clock: { now: number };
  /** What the running server was told, and faults of the program. */
  told: string[];
  run<N extends CommandName>(name: N, args: CommandArgs<N>): Promise<CommandResult<N>>;
  /** Asks with a token of that scope. */
  ask(scope: Scope, method: string, path: string, body?: unknown): Promise<Answer>;
  inject(options: InjectOptions): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came as JSON, looked at by the test
  json: any;
}

export async function httpHouse(
  t: TestContext,
  options: Partial<HttpOptions> = {},
  patience: Patience = {},
): Promise<HttpHouse> {
  const dataDir = mkdtempSync(join(tmpdir(), 'perch-http-'));
  const store = await openSqliteStore(databasePath(dataDir));
  const clock = { now: NOW };
  const told: string[] = [];
  const now = (): number => clock.now;
  const live = toldServer(told, { happened: (events) => feed.tell('events', events) });
  const failed = (what: string, error: unknown): void => void told.push(`failed: ${what}: ${String(error)}`);
  const feed: Feed = new Feed((error) => told.push(`failed: ${String(error)}`));
  const watchers = new Watchers({ feed, store, now, failed });
  const uploads = new Uploads({ dataDir, now, failed, ...patience });
  const context: HttpContext = {
    ...{ store, dataDir, live, feed, watchers, uploads, now },
    keys: await loadKeys(dataDir, store),
    settings: { broker: 'mqtt://perch.example.org', prefix: 'perch/v1', page: 'http://127.0.0.1:8080' },
    values: readValues({ store, feed }),
    fleet: new FleetList({ store, now, feed, live }),
    ...{ failed, patience },
  };
  const app = await makeApp({ host: '127.0.0.1', port: 8080, ...options }, context);
  t.after(async () => {
    watchers.close();
    await app.close();
    uploads.close();
    await store.close();
    rmSync(dataDir, { recursive: true });
  });
  const tokens = new Map<Scope, string>();
  const run: HttpHouse['run'] = (name, args) => runCommand(context, LOCAL, name, args) as never;
  const inject = async (request: InjectOptions): Promise<Answer> => {
    const answer = await app.inject({ ...request, headers: { host: '127.0.0.1:8080', ...request.headers } });
    const type = String(answer.headers['content-type']);
    const isJson = /[/+]json/.test(type) && answer.headers['content-encoding'] === undefined;
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.payload,
      json: isJson ? answer.json() : undefined,
    };
  };
  return {
    ...{ app, context, clock, told, run, inject },
    async ask(scope, method, path, body) {
      let token = tokens.get(scope);
      if (token === undefined) {
        ({ token } = await run('tokenAdd', { name: `test-${scope}`, scope }));
        tokens.set(scope, token);
      }
      return inject({
        method: method as 'GET',
        url: `/api/v1${path}`,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { payload: body as object }),
      });
    },
  };
}
