import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mayDo } from '../commands/caller.ts';
import { countsOf } from '../fleet-list/query.ts';
import { metricText, PROMETHEUS_TYPE } from '../integrations/prometheus-text.ts';
import { type ServerFacts, serverMetrics } from '../integrations/server-metrics.ts';
import { loadSetting } from '../integrations/settings.ts';
import { valueMetrics } from '../integrations/value-metrics.ts';
import type { HttpContext } from './context.ts';
import { hostName } from './door.ts';
import { type HttpOptions, isBehindProxy } from './options.ts';
import { Problem } from './problem.ts';
import { callerOf } from './route.ts';
import { whileRead } from './slow-callers.ts';

/** Scrapes that are answered at once. */
export const SCRAPES_LIMIT = 4;

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);
const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;

/** A program on this very machine asks, and no proxy or page for somebody else. */
function isHere({ socket, headers }: FastifyRequest): boolean {
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '')) return false;
  const passedOn = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'via'].some(
    (name) => name in headers,
  );
  return !passedOn && LOOPBACK_NAMES.has(hostName(headers.host ?? ''));
}

/** @throws Problem 404 while it is off, 401 and 403 for who may not */
function checkScraper(request: FastifyRequest, { on, open }: { on: boolean; open: boolean }): void {
  if (!on) throw new Problem(404, 'metrics are off; an admin switches the integration prometheus on');
  const caller = callerOf(request);
  if (caller === undefined && open && isHere(request)) return;
  if (caller === undefined)
    throw new Problem(401, 'send a token of the scope read: Authorization: Bearer perch_...');
  if (!mayDo(caller.scope, 'read')) throw new Problem(403, 'this needs the scope read');
}

/** Serves /metrics for Prometheus. */
export function addMetrics(app: FastifyInstance, context: HttpContext, options: HttpOptions): void {
  const { store, live, fleet, watchers, values, now } = context;
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  app.addHook('onClose', async () => void delay.disable());
  let scraping = 0;

  const facts = async (): Promise<ServerFacts> => {
    const { all: _, trouble: __, ...boards } = countsOf(await fleet.all());
    const { user, system } = process.cpuUsage();
    const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0);
    const loopDelay = { mean: seconds(delay.mean), max: seconds(delay.max) };
    delay.reset();
    return {
      ...{
        status: live.status(),
        waitingRows: store.waitingRows(),
        watchers: watchers.size,
        boards,
        loopDelay,
      },
      ...{ memory: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 },
      ...context.integrations?.counts(),
    };
  };

  async function* text(): AsyncGenerator<string, void, undefined> {
    yield serverMetrics(await facts())
      .map(metricText)
      .join('');
    yield* valueMetrics({ all: () => values.latest.all(), boards: await fleet.all(), now: now() });
  }

  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    const { on, open = false } = await loadSetting(store, 'prometheus');
    checkScraper(request, { on, open: open && !isBehindProxy(options) });
    if (scraping >= SCRAPES_LIMIT)
      throw new Problem(503, `${SCRAPES_LIMIT} scrapes are being answered already; scrape less often`);
    scraping += 1;
    const stream = Readable.from(whileRead(text(), reply.raw, context.patience ?? {}), {
      objectMode: false,
    }).once('close', () => {
      scraping -= 1;
    });
    return reply.type(PROMETHEUS_TYPE).header('cache-control', 'no-store').send(stream);
  });
}
