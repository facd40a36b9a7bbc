import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../build/paths.ts';
import { findProgram } from '../test/programs.ts';
import type { Generated } from './http-data.ts';
import { askSeries } from './http-queries.ts';
import type { HttpUnderTest } from './http-server.ts';

/** How long a page rests after it has read all that it shows, in ms. */
const REST_MS = 1_000;

export interface OpenPages {
  /** Requests that were answered, and messages that came by themselves. */
  requests(): number;
  messages(): number;
  close(): Promise<void>;
}

/**
 * Callers that do what open pages do: each watches a board's records and all boards' states, and reads the list of boards, a day and
 * a month again and again.
 */
export async function openPages(
  server: HttpUnderTest,
  data: Generated,
  aliases: readonly string[],
  count: number,
): Promise<OpenPages> {
  const end = new AbortController();
  let requests = 0;
  const streams: { messages(): number }[] = [];
  const page = async (n: number): Promise<void> => {
    for (let round = n * 7; !end.signal.aborted; round++) {
      await server.get('/devices?limit=100');
      await askSeries(server, data, 'day', round);
      await askSeries(server, data, 'month', round);
      requests += 3;
      await sleep(REST_MS, undefined, { signal: end.signal }).catch(() => undefined);
    }
  };
  for (let n = 0; n < count; n++) {
    const alias = aliases[n % aliases.length];
    streams.push(await server.watch(`/stream?topics=records,events&alias=${alias}`, end.signal));
    streams.push(await server.watch('/stream?topics=devices', end.signal));
  }
  const pages = Array.from({ length: count }, (_, n) => page(n));
  let fault: unknown;
  const running = Promise.all(pages).catch((error: unknown) => {
    fault = error;
  });
  return {
    requests: () => requests,
    messages: () => streams.reduce((sum, stream) => sum + stream.messages(), 0),
    async close() {
      end.abort();
      await running;
      if (fault !== undefined) throw fault;
    },
  };
}

/** Why no browser can look at the page here; undefined: one can. */
export function whyNoBrowser(): string | undefined {
  if (!existsSync(`${ROOT}/server/page/dist/index.html`)) return 'the page is not built';
  return findProgram('chromium') === undefined ? 'chromium is not installed' : undefined;
}

/** Milliseconds from opening the page to the first row of the list of boards, in a browser that is logged in: first time, then with its files at hand. */
export async function browserTimes(
  server: HttpUnderTest,
  count: number,
): Promise<{ first: number; times: number[] }> {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: findProgram('chromium')!,
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(await server.link());
    await page.waitForSelector('tr.row');
    const open = async (): Promise<number> => {
      const begun = performance.now();
      await page.goto(`${server.url}/`, { waitUntil: 'commit' });
      await page.waitForSelector('tr.row');
      return performance.now() - begun;
    };
    const first = await open();
    const times: number[] = [];
    for (let n = 0; n < count; n++) times.push(await open());
    return { first, times };
  } finally {
    await browser.close();
  }
}
