import { createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { type Broker, House } from '../e2e/house.ts';
import { freePort, Process, until } from '../e2e/processes.ts';
import type { Benchmark, Watch } from './benchmark.ts';
import { numberOption, UsageError } from './options.ts';
import { alignedTable, digits, type Figure, type Findings } from './report.ts';
import { runnerWith, SENSORS, simulatedClass, simulatedConfig } from './sensors/machine.ts';
import { anonymousMiB, processorMs } from './sensors/usage.ts';
import { quantile, spreadOf } from './statistics.ts';

/** Both settle before anything is measured, for as long as is measured but no longer than this. */
const WARM_UP_MS = 8_000;
const SAMPLE_MS = 1_000;

type Usage = { cpu: number; memory: number };
type Round = {
  rate: number;
  perch: Usage & { late: number[] };
  bare: Usage & { late: number[] };
};
type Delay = { p50: number; p99: number };
type Plan = { seconds: number };

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(resolve, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  });

/** A plain broker in this process, so that it costs neither side anything. */
async function plainBroker(): Promise<Broker> {
  const aedes = await Aedes.createBroker();
  const port = await freePort();
  const server = createServer(aedes.handle);
  return {
    name: 'aedes',
    port,
    serve: ['--broker', `mqtt://127.0.0.1:${port}`],
    env: {},
    url: (wire) => `mqtt://127.0.0.1:${wire}`,
    start: () => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve)),
    stop: () =>
      new Promise((resolve) => {
        aedes.close(() => server.close(() => resolve()));
      }),
  };
}

/** Processor time per second and anonymous memory of both over the same seconds. */
async function use(pids: readonly number[], seconds: number, signal: AbortSignal): Promise<Usage[]> {
  const began = performance.now();
  const before = pids.map(processorMs);
  const memory: number[][] = pids.map(() => []);
  while (performance.now() - began < seconds * 1_000) {
    await pause(SAMPLE_MS, signal);
    for (const [index, pid] of pids.entries()) memory[index]!.push(anonymousMiB(pid));
  }
  const passed = (performance.now() - began) / 1_000;
  return pids.map((pid, index) => ({
    cpu: (processorMs(pid) - before[index]!) / passed,
    memory: spreadOf(memory[index]!).median,
  }));
}

/** The distance from the nearest multiple of the period, in ms. */
const offGrid = (timestamp: number, period: number): number => {
  const past = timestamp % period;
  return Math.min(past, period - past);
};

async function side(
  plan: Plan,
  rate: number,
  watch: Watch,
  env: NodeJS.ProcessEnv,
): Promise<{ round: Round; delay?: { perch: Delay; bare: Delay } }> {
  const house = new House(await plainBroker());
  const bareOf = (period: number) =>
    new Process(
      'bare client',
      process.execPath,
      [
        join(import.meta.dirname, 'sensors/bare-client.ts'),
        house.broker.url(house.broker.port),
        String(period),
      ],
      env,
    );
  let bare: Process | undefined;
  try {
    const period = 1_000 / rate;
    const runner = runnerWith(simulatedClass(house.folder), join(house.folder, 'enter.sh'));
    if (runner === undefined)
      throw new UsageError(
        'this machine allows no mount namespace, so there are no simulated sensors; run it as root',
      );
    await house.open();
    const board = house.board('bench');
    const config = house.file('config.json', simulatedConfig(`${period}ms`));
    const set = await house.command('config', 'set', board.alias, config);
    if (set.code !== 0) throw new Error(set.output);
    await board.enrol();
    await board.start({ PERCH_RUNNER: runner, ...env });
    await house.untilRecord(
      board.alias,
      ({ values }) => Object.keys(values).length === SENSORS,
      'a record of all simulated sensors',
    );
    const { pid } = (await board.status()) as { pid: number };
    bare = bareOf(period);
    await bare.says('connected');
    watch.progress(`${rate} Hz: warming up`);
    await pause(Math.min(WARM_UP_MS, plan.seconds * 1_000), watch.signal);
    watch.progress(`${rate} Hz: measuring for ${plan.seconds} s`);
    const since = Date.now();
    const [perchUse, bareUse] = await use([pid, bare.child.pid!], plan.seconds, watch.signal);
    const status = (await board.status()) as { eventLoop?: Delay };
    // The last records may be on their way.
    await until(
      async () => ((await house.records(board.alias)).at(-1)?.timestamp ?? 0) >= since + plan.seconds * 900,
      'the records of the measured time',
      20_000,
    );
    const taken = (await house.records(board.alias)).filter(({ timestamp }) => timestamp >= since);
    await bare.end();
    const said = JSON.parse(bare.output.trim().split('\n').at(-1)!) as { late: number[]; delay?: Delay };
    const round = {
      rate,
      perch: { ...perchUse!, late: taken.map(({ timestamp }) => offGrid(timestamp, period)) },
      bare: { ...bareUse!, late: said.late },
    };
    return status.eventLoop && said.delay
      ? { round, delay: { perch: status.eventLoop, bare: said.delay } }
      : { round };
  } finally {
    await bare?.end();
    await house.close();
  }
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

function figuresOf({ rate, perch, bare }: Round): Figure[] {
  const name = (what: string) => `${rate}hz.${what}`;
  const pair = (what: 'cpu' | 'memory', unit: string): Figure[] => [
    { name: name(`perch.${what}`), value: perch[what], unit },
    { name: name(`bare.${what}`), value: bare[what], unit },
    {
      name: name(`${what}.ratio`),
      value: perch[what] / bare[what],
      unit: 'ratio',
      ratioTo: name(`bare.${what}`),
    },
  ];
  const late = (who: 'perch' | 'bare', share: number): Figure => ({
    name: name(`${who}.late.p${share * 100}`),
    value: quantile(sorted((who === 'perch' ? perch : bare).late), share),
    unit: 'ms',
  });
  return [
    ...pair('cpu', 'ms/s'),
    ...pair('memory', 'MiB'),
    ...(['perch', 'bare'] as const).flatMap((who) => [late(who, 0.5), late(who, 0.99)]),
  ];
}

function tableOf(rounds: readonly Round[]): string {
  const rows = rounds.flatMap(({ rate, perch, bare }) =>
    (
      [
        ['perch-agent', perch],
        ['bare MQTT.js', bare],
      ] as const
    ).map(([who, { cpu, memory, late }]) => [
      `${rate} Hz`,
      who,
      digits(cpu),
      digits(cpu / bare.cpu),
      digits(memory),
      digits(memory / bare.memory),
      digits(quantile(sorted(late), 0.5)),
      digits(quantile(sorted(late), 0.99)),
    ]),
  );
  return alignedTable(
    ['RATE', 'WHO', 'CPU MS/S', 'RATIO', 'ANON MIB', 'RATIO', 'LATE P50 MS', 'LATE P99 MS'],
    rows,
    2,
  );
}

export const sensors: Benchmark = {
  name: 'sensors',
  summary:
    'processor time, memory and punctuality of an agent with ten sensors, beside a bare MQTT.js client',
  help: `
The packaged agent (the executable that ships) reads ${SENSORS} simulated hwmon chips, once and ten times a second, and reports
them sealed to a server that OKs each record. Beside it, at the same time and on the same broker (aedes, in this process), a
bare MQTT.js client on Node publishes ten constant values as JSON as often, reads nothing and waits for nothing.
CPU: processor time of all threads per second. ANON: anonymous memory. LATE: of the agent, how far the time of a record is
from its place on the clock, the reading of the sensors included, in whole ms; of the client, how far setInterval is off.
Event-loop delay is measured in a run of its own at 10 Hz, since looking costs processor time. The simulated chips are files
in a mount namespace of the agent's own, which needs root or unprivileged namespaces.`,
  options: { seconds: { value: 'N', help: 'measured time at each rate (default: 30)' } },
  async run(values, watch): Promise<Findings> {
    const plan = { seconds: numberOption(values, 'seconds', 30, { least: 2, most: 90 }) };
    watch.progress('building the agent');
    await e2eExecutable(process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64', '0.1.0');
    const rounds: Round[] = [];
    for (const rate of [1, 10]) rounds.push((await side(plan, rate, watch, {})).round);
    const { delay } = await side(plan, 10, watch, { PERCH_EVENT_LOOP: '1' });
    if (!delay) throw new Error('the agent did not tell its event-loop delay');
    const loop = alignedTable(
      ['EVENT-LOOP DELAY AT 10 HZ', 'P50 MS', 'P99 MS'],
      [
        ['perch-agent', digits(delay.perch.p50), digits(delay.perch.p99)],
        ['bare MQTT.js', digits(delay.bare.p50), digits(delay.bare.p99)],
      ],
    );
    const delays = (['perch', 'bare'] as const).flatMap((who) =>
      (['p50', 'p99'] as const).map((share) => ({
        name: `10hz.${who}.loop.${share}`,
        value: delay[who][share],
        unit: 'ms',
      })),
    );
    return {
      figures: [...rounds.flatMap(figuresOf), ...delays],
      text: [`${SENSORS} sensors, ${plan.seconds} s at each rate`, tableOf(rounds), loop].join('\n\n'),
    };
  },
};
