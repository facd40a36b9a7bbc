import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Watch } from './benchmark.ts';
import { closedLoop, type LoadRound } from './closed-loop.ts';
import { type Amount, type Generated, generate } from './http-data.ts';
import { browserTimes, openPages, whyNoBrowser } from './http-pages.ts';
import { askSeries, POINTS, plainSqlite, RANGES, type Range, type Times, timesOf } from './http-queries.ts';
import { type HttpUnderTest, RECORDS_A_MESSAGE, startBoards, startServer } from './http-server.ts';
import { numberOption } from './options.ts';
import { alignedTable, digits, type Figure, type Findings } from './report.ts';
import { quantile, spreadOf } from './statistics.ts';

interface Plan extends Amount {
  queries: number;
  seconds: number;
  rounds: number;
  senders: number;
  pages: number;
}

const MB = 1e6;
const ms = (name: string, value: number): Figure => ({ name, value, unit: 'ms' });
const timesFigures = (name: string, { first, p50, p99 }: Times): Figure[] => [
  ...[ms(`${name}.first`, first), ms(`${name}.p50`, p50), ms(`${name}.p99`, p99)],
];

function dataFindings(
  { records, bytes, hours, hoursRate, dense, denseRecords }: Generated,
  { boards, values }: Plan,
): Findings {
  return {
    figures: [
      { name: 'file.records', value: bytes.records, unit: 'B' },
      { name: 'file.hours', value: bytes.hours, unit: 'B' },
      { name: 'hours.rate', value: hoursRate, unit: 'records/s' },
    ],
    text: `${boards} boards, ${values} values asked for: ${records} records of 5 values, ${dense.length} boards with ${denseRecords}, one a minute
the database has ${digits(bytes.records / MB)} MB, and ${digits(bytes.hours / MB)} MB with ${hours} hours, which were made from ${digits(hoursRate)} records/s`,
  };
}

async function fleetFindings(
  server: HttpUnderTest,
  plan: Plan,
  { signal, progress }: Watch,
): Promise<Findings> {
  progress('the list of boards');
  const list = (path: string) =>
    timesOf(
      plan.queries,
      async () => {
        const { devices } = await server.get<{ devices: unknown[] }>(path);
        if (devices.length === 0) throw new Error('the list of boards is empty');
      },
      signal,
    );
  const page = await list('/devices?limit=100');
  const search = await list('/devices?search=1&sort=-lastSeen&limit=100');
  const rows = [
    ['100 boards of all', page],
    ['100 that a search finds', search],
  ] as const;
  return {
    figures: [...timesFigures('fleet.list', page), ...timesFigures('fleet.search', search)],
    text: alignedTable(
      ['LIST OF BOARDS (API)', 'FIRST MS', 'P50 MS', 'P99 MS'],
      rows.map(([what, { first, p50, p99 }]) => [what, digits(first), digits(p50), digits(p99)]),
    ),
  };
}

async function queryFindings(
  server: HttpUnderTest,
  dataDir: string,
  data: Generated,
  plan: Plan,
  { signal, progress }: Watch,
): Promise<Findings> {
  const plain = plainSqlite(dataDir, data);
  const figures: Figure[] = [];
  const rows: string[][] = [];
  try {
    for (const range of Object.keys(RANGES) as Range[]) {
      progress(`a ${range} of one item`);
      const { bucket, source, series } = await askSeries(server, data, range, 0);
      const points = series[0]?.t.length ?? 0;
      if (points === 0) throw new Error(`a ${range} of one item has no points`);
      const api = await timesOf(plan.queries, (n) => askSeries(server, data, range, n), signal);
      const sqlite = await timesOf(plan.queries, (n) => plain.run(range, n, Math.max(1, bucket)), signal);
      const ratio = api.p50 / sqlite.p50;
      figures.push(...timesFigures(`${range}.api`, api), ...timesFigures(`${range}.sqlite`, sqlite));
      figures.push({ name: `${range}.ratio`, value: ratio, unit: 'ratio', ratioTo: `${range}.sqlite.p50` });
      for (const [who, times, by] of [
        ['API', api, `${points} points from ${source === 'raw' ? 'records' : 'hours'}`],
        ['SQLite', sqlite, 'the same buckets from records'],
      ] as const)
        rows.push([
          ...[`one item, a ${range}`, who, by, digits(times.p50), digits(times.p99)],
          who === 'API' ? digits(ratio) : '1',
        ]);
    }
  } finally {
    plain.close();
  }
  return {
    figures,
    text: alignedTable(['QUERY', 'WHO', 'HOW', 'P50 MS', 'P99 MS', 'RATIO TO SQLITE'], rows, 3),
  };
}

async function ingestFindings(
  server: HttpUnderTest,
  dataDir: string,
  data: Generated,
  plan: Plan,
  { signal, progress }: Watch,
): Promise<Findings> {
  progress('boards are enrolled');
  const boards = await startBoards(dataDir, plan.senders);
  const rounds: Record<'alone' | 'pages', LoadRound[]> = { alone: [], pages: [] };
  let [requests, messages] = [0, 0];
  try {
    await closedLoop(boards.senders, 1_000, signal);
    for (let round = 1; round <= plan.rounds; round++) {
      progress(`ingest, round ${round} of ${plan.rounds}`);
      rounds.alone.push(await closedLoop(boards.senders, plan.seconds * 1000, signal));
      progress(`ingest with ${plan.pages} pages open, round ${round} of ${plan.rounds}`);
      const pages = await openPages(server, data, boards.aliases, plan.pages);
      try {
        rounds.pages.push(await closedLoop(boards.senders, plan.seconds * 1000, signal));
        requests += pages.requests();
        messages += pages.messages();
      } finally {
        await pages.close();
      }
    }
  } finally {
    await boards.close();
  }
  const median = (who: keyof typeof rounds, pick: (round: LoadRound) => number): number =>
    spreadOf(rounds[who].map(pick)).median;
  const rate = {
    alone: median('alone', (r) => r.recordsPerSecond),
    pages: median('pages', (r) => r.recordsPerSecond),
  };
  const ratio = rate.pages / rate.alone;
  const seconds = plan.rounds * plan.seconds;
  const lines = (['alone', 'pages'] as const).map((who) => [
    who === 'alone' ? 'no page' : `${plan.pages} pages open`,
    digits(rate[who]),
    who === 'alone' ? '1' : digits(ratio),
    ...(['p50', 'p99'] as const).map((share) => digits(median(who, (r) => r.latency[share]))),
    digits(100 * median(who, (r) => r.generatorBusy)),
    String(rounds[who].reduce((sum, { lost }) => sum + lost, 0)),
  ]);
  return {
    figures: [
      { name: 'ingest.alone', value: rate.alone, unit: 'records/s' },
      { name: 'ingest.pages', value: rate.pages, unit: 'records/s' },
      { name: 'ingest.ratio', value: ratio, unit: 'ratio', ratioTo: 'ingest.alone' },
      ms(
        'ingest.alone.p99',
        median('alone', (r) => r.latency.p99),
      ),
      ms(
        'ingest.pages.p99',
        median('pages', (r) => r.latency.p99),
      ),
    ],
    text: `${alignedTable(
      ['INGEST', 'RECORDS/S', 'RATIO', 'P50 MS', 'P99 MS', 'GENERATOR CPU %', 'LOST'],
      lines,
    )}\nthe pages had ${digits(requests / seconds)} answers and ${digits(messages / seconds)} messages a second`,
  };
}

async function browserFindings(server: HttpUnderTest, { progress }: Watch): Promise<Findings> {
  const why = whyNoBrowser();
  if (why !== undefined) return { figures: [], text: `the page in a browser is left out: ${why}` };
  progress('the page in a browser');
  const { first, times } = await browserTimes(server, 10);
  const sorted = times.toSorted((a, b) => a - b);
  return {
    figures: [ms('page.first', first), ms('page.p50', quantile(sorted, 0.5))],
    text: alignedTable(
      ['PAGE IN CHROMIUM', 'FIRST MS', 'P50 MS', 'MOST MS'],
      [['to the first row of boards', digits(first), digits(quantile(sorted, 0.5)), digits(sorted.at(-1)!)]],
    ),
  };
}

export const http: Benchmark = {
  name: 'http',
  summary: 'the HTTP API and the page with many boards and values, beside plain SQLite',
  help: `
Generates boards and values by plain SQL in a temporary folder (TMPDIR says where): half of the values in boards with a record
each minute of 30 days, the rest evenly in all others. The server's own code makes the hours. Then a perch-server process runs on it.
List of boards: one request after the other, each a whole answer. Queries: one item of one of the boards with a month, by the API
(${POINTS} points) and by a plain SQL statement over the records on a connection of this process to the same file; each is another board,
item or day. Ingest: boards that send ${RECORDS_A_MESSAGE} records a message and wait for OK, with and without callers that do what open pages do,
in turns; boards and callers run in this process. The page in Chromium when server/page/dist and Debian's chromium are there.`,
  options: {
    values: { value: 'N', help: 'stored values (default: 50000000)' },
    boards: { value: 'N', help: 'boards (default: 10000)' },
    queries: { value: 'N', help: 'queries of each kind (default: 200)' },
    seconds: { value: 'N', help: 'length of a round of ingest (default: 5)' },
    rounds: { value: 'N', help: 'rounds of ingest (default: 3)' },
    senders: { value: 'N', help: 'boards that send (default: 50)' },
    pages: { value: 'N', help: 'pages that are open (default: 10)' },
  },
  async run(values, watch) {
    const plan: Plan = {
      values: numberOption(values, 'values', 50_000_000, { least: 1_000, most: 500_000_000 }),
      boards: numberOption(values, 'boards', 10_000, { least: 2, most: 50_000 }),
      queries: numberOption(values, 'queries', 200, { least: 1, most: 10_000 }),
      seconds: numberOption(values, 'seconds', 5, { least: 1, most: 600 }),
      rounds: numberOption(values, 'rounds', 3, { least: 1, most: 100 }),
      senders: numberOption(values, 'senders', 50, { least: 1, most: 1_000 }),
      pages: numberOption(values, 'pages', 10, { least: 1, most: 50 }),
    };
    const folder = mkdtempSync(join(tmpdir(), 'perch-bench-http-'));
    try {
      const dataDir = join(folder, 'data');
      mkdirSync(dataDir, { mode: 0o700 });
      const data = await generate(dataDir, plan, watch);
      watch.progress('the server starts');
      const server = await startServer(dataDir);
      try {
        const found = [dataFindings(data, plan)];
        found.push(await fleetFindings(server, plan, watch));
        found.push(await queryFindings(server, dataDir, data, plan, watch));
        found.push(await browserFindings(server, watch));
        found.push(await ingestFindings(server, dataDir, data, plan, watch));
        return {
          figures: found.flatMap(({ figures }) => figures),
          text: found.map(({ text }) => text).join('\n\n'),
        };
      } finally {
        await server.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
