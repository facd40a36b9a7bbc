import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Benchmark, Watch } from './benchmark.ts';
import { closedLoop, type LoadRound } from './closed-loop.ts';
import { echoSide, type Load, perchSide, type Side } from './ingest-sides.ts';
import { mosquittoProgram, startMosquitto } from './mosquitto.ts';
import { numberOption, UsageError, wordOption } from './options.ts';
import { processorTime } from './processor-time.ts';
import { alignedTable, digits, type Figure, type Findings, range } from './report.ts';
import { IN_FLIGHT_LIMIT } from './simulated-board.ts';
import { spreadOf } from './statistics.ts';

type BrokerName = 'aedes' | 'mosquitto';
interface Plan extends Load {
  /** Length of one round, and rounds of each side. */
  seconds: number;
  rounds: number;
}
interface Measured extends LoadRound {
  /** Processor time of the answering process per record, in microseconds. */
  processor: number;
}
type Rounds = Record<Side['name'], Measured[]>;

const WARM_UP_MS = 1000;
/** statfs(2): TMPFS_MAGIC */
const TMPFS = 0x01021994;

async function measure(side: Side, milliseconds: number, signal: AbortSignal): Promise<Measured> {
  const before = processorTime(side.pid);
  const round = await closedLoop(side.senders, milliseconds, signal);
  const spent = (processorTime(side.pid) ?? Number.NaN) - (before ?? Number.NaN);
  return { ...round, processor: (spent * 1e6) / (round.recordsPerSecond * milliseconds) };
}

/** Both sides take turns on one kind of broker. The one whose turn it is not has nothing to do. */
async function takeTurns(
  plan: Plan,
  brokerUrl: string | undefined,
  { progress, signal }: Watch,
): Promise<Rounds & { payloads: { request: number; reply: number } }> {
  progress('the server starts and enrols its boards');
  const perch = await perchSide(plan, brokerUrl);
  try {
    await closedLoop(perch.senders, WARM_UP_MS, signal);
    const payloads = perch.payloads();
    const echo = await echoSide(plan, brokerUrl, payloads);
    try {
      await closedLoop(echo.senders, WARM_UP_MS, signal);
      const rounds: Rounds = { perch: [], echo: [] };
      for (let round = 1; round <= plan.rounds; round++)
        for (const side of [perch, echo]) {
          progress(`round ${round} of ${plan.rounds}, ${side.name}`);
          rounds[side.name].push(await measure(side, plan.seconds * 1000, signal));
        }
      return { ...rounds, payloads };
    } finally {
      await echo.close();
    }
  } finally {
    await perch.close();
  }
}

async function onBroker(name: BrokerName, plan: Plan, { progress, signal }: Watch): Promise<Findings> {
  const mosquitto = name === 'mosquitto' ? await startMosquitto(mosquittoProgram()!) : undefined;
  try {
    const watch = { signal, progress: (text: string) => progress(`ingest on ${name}: ${text}`) };
    const found = await takeTurns(plan, mosquitto?.url, watch);
    return findingsOf(name, found, found.payloads);
  } finally {
    await mosquitto?.close();
  }
}

const median = (rounds: Measured[], pick: (round: Measured) => number): number =>
  spreadOf(rounds.map(pick)).median;

function findingsOf(
  broker: BrokerName,
  rounds: Rounds,
  payloads: { request: number; reply: number },
): Findings {
  const rate = (side: Side['name']) => spreadOf(rounds[side].map((round) => round.recordsPerSecond));
  const ratio = rate('perch').median / rate('echo').median;
  const latencies = ['p50', 'p95', 'p99'] as const;
  const rows = (['perch', 'echo'] as const).map((side) => [
    ...[broker, side, digits(rate(side).median), range(rate(side)), side === 'perch' ? digits(ratio) : '1'],
    ...latencies.map((share) => digits(median(rounds[side], (round) => round.latency[share]))),
    digits(median(rounds[side], (round) => round.processor)),
    digits(100 * median(rounds[side], (round) => round.generatorBusy)),
    String(rounds[side].reduce((sum, round) => sum + round.lost, 0)),
  ]);
  const figures = (['perch', 'echo'] as const).flatMap((side): Figure[] => [
    { name: `${broker}.${side}.rate`, value: rate(side).median, unit: 'records/s' },
    ...latencies.map((share) => ({
      ...{ name: `${broker}.${side}.latency-${share}`, unit: 'ms' },
      value: median(rounds[side], (round) => round.latency[share]),
    })),
    {
      name: `${broker}.${side}.processor`,
      value: median(rounds[side], (r) => r.processor),
      unit: 'us/record',
    },
    { name: `${broker}.${side}.lost`, value: rounds[side].reduce((n, r) => n + r.lost, 0), unit: 'messages' },
  ]);
  const text = alignedTable(
    [
      ...['BROKER', 'SIDE', 'RECORDS/S', 'MIN-MAX', 'RATIO TO ECHO', 'P50 MS', 'P95 MS', 'P99 MS'],
      ...['CPU US/RECORD', 'GENERATOR CPU %', 'LOST'],
    ],
    rows,
    2,
  );
  return {
    text: `${text}\npayloads: request ${payloads.request} B, reply ${payloads.reply} B`,
    figures: [
      ...figures,
      { name: `${broker}.rate-ratio`, value: ratio, unit: 'ratio', ratioTo: `${broker}.echo.rate` },
      { name: `${broker}.request`, value: payloads.request, unit: 'B' },
      { name: `${broker}.reply`, value: payloads.reply, unit: 'B' },
    ],
  };
}

/** Which brokers to use. A broker that was asked for by name must be there; of both, one that is not is left out. */
function brokersOf(asked: BrokerName | 'both'): { brokers: BrokerName[]; note: string } {
  const installed = mosquittoProgram() !== undefined;
  if (asked === 'mosquitto' && !installed)
    throw new UsageError('--broker mosquitto: it is not installed (apt-get install mosquitto)');
  if (asked !== 'both') return { brokers: [asked], note: '' };
  return installed
    ? { brokers: ['aedes', 'mosquitto'], note: '' }
    : { brokers: ['aedes'], note: '\nmosquitto is not installed, so it is left out' };
}

export const ingest: Benchmark = {
  name: 'ingest',
  summary: 'acknowledged records per second of a real server, beside a bare MQTT echo',
  help: `
Perch: a perch-server process with SQLite in an empty folder (TMPDIR says where), and simulated boards in this process, each
with its own MQTT connection, enrolled through a secret: Hello, sealed Monitor Records of the default config, OK awaited.
Echo: a process with bare MQTT.js that answers payloads of the same sizes, and as many bare MQTT.js clients.
Both take turns, on the embedded broker (inside the answering process) and on one Mosquitto. Each connection sends its next
message when the one before is acknowledged, so the rate is the most that fits, and latency is that of a full house.
GENERATOR CPU near 100 % says that this process, not the server, may be the limit.`,
  options: {
    seconds: { value: 'N', help: 'length of a round (default: 3)' },
    rounds: { value: 'N', help: 'rounds of each side, whose median counts (default: 3)' },
    boards: { value: 'N', help: 'boards, and connections (default: 100)' },
    records: { value: 'N', help: 'records in a message (default: 1)' },
    'in-flight': {
      value: 'N',
      help: 'messages of a board that wait for their OK at once (default: 1, as agents do)',
    },
    broker: { value: 'B', help: 'aedes, mosquitto or both (default: both)' },
  },
  async run(values, watch) {
    const plan: Plan = {
      seconds: numberOption(values, 'seconds', 3, { least: 1, most: 600 }),
      rounds: numberOption(values, 'rounds', 3, { least: 1, most: 100 }),
      boards: numberOption(values, 'boards', 100, { least: 1, most: 2000 }),
      records: numberOption(values, 'records', 1, { least: 1, most: 128 }),
      inFlight: numberOption(values, 'in-flight', 1, { least: 1, most: IN_FLIGHT_LIMIT }),
    };
    const { brokers, note } = brokersOf(wordOption(values, 'broker', 'both', ['aedes', 'mosquitto', 'both']));
    const found: Findings[] = [];
    for (const broker of brokers) found.push(await onBroker(broker, plan, watch));
    const { boards, records, inFlight, rounds, seconds } = plan;
    const head =
      `${boards} boards with a connection each, ${records} records in a message, ${inFlight} in flight, ` +
      `${rounds} rounds of ${seconds} s in turns${onMemory() ? '; the database is on tmpfs, so no disk is waited for' : ''}`;
    return {
      figures: found.flatMap(({ figures }) => figures),
      text: `${[head, ...found.map(({ text }) => text)].join('\n\n')}${note}`,
    };
  },
};

const onMemory = (): boolean => statfsSync(tmpdir()).type === TMPFS;
