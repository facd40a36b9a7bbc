import type { Benchmark, Watch } from './benchmark.ts';
import type { Pull } from './fleet-update-board.ts';
import { type Fleet, type FleetPlan, startFleet } from './fleet-update-fleet.ts';
import { type FleetRound, fleetRound } from './fleet-update-round.ts';
import { mosquittoProgram, startMosquitto } from './mosquitto.ts';
import { numberOption, type OptionValues, UsageError, wordOption } from './options.ts';
import { alignedTable, digits, type Figure, type Findings, range } from './report.ts';
import { type Spread, spreadOf } from './statistics.ts';

type Form = 'full' | 'patch';
type Phase = 'idle' | Form;
type Rounds = Map<Phase, FleetRound[]>;
interface Plan extends FleetPlan {
  seconds: number;
  rounds: number;
  rate: number | undefined;
  forms: Form[];
}

const WARM_UP_MS = 1000;
const MIB = 1024 * 1024;

function planOf(values: OptionValues): Plan {
  const form = wordOption(values, 'form', 'both', ['full', 'patch', 'both']);
  const rate = numberOption(values, 'rate', 0, { least: 0, most: 100 * MIB });
  const size = numberOption(values, 'size', 0, { least: 0, most: 256 });
  return {
    boards: numberOption(values, 'boards', 200, { least: 1, most: 2000 }),
    seconds: numberOption(values, 'seconds', 10, { least: 1, most: 600 }),
    rounds: numberOption(values, 'rounds', 3, { least: 1, most: 100 }),
    bytes: numberOption(values, 'bytes', 2 * MIB, { least: 1, most: 256 * MIB }),
    size: size === 0 ? undefined : size * MIB,
    rate: rate === 0 ? undefined : rate,
    forms: form === 'both' ? ['full', 'patch'] : [form],
  };
}

async function takeTurns(plan: Plan, fleet: Fleet, { progress, signal }: Watch): Promise<Rounds> {
  const pulls: Record<Phase, Pull | undefined> = {
    idle: undefined,
    full: { have: undefined, limit: plan.bytes, maxRate: plan.rate },
    patch: { have: fleet.runs, limit: plan.bytes, maxRate: plan.rate },
  };
  const phases: Phase[] = ['idle', ...plan.forms];
  const rounds: Rounds = new Map(phases.map((phase) => [phase, []]));
  progress('warming up');
  for (const phase of phases) await fleetRound(fleet, WARM_UP_MS, pulls[phase], signal);
  for (let round = 1; round <= plan.rounds; round++)
    for (const phase of phases) {
      progress(`round ${round} of ${plan.rounds}, ${phase}`);
      rounds.get(phase)!.push(await fleetRound(fleet, plan.seconds * 1000, pulls[phase], signal));
    }
  return rounds;
}

const spread = (rounds: readonly FleetRound[], pick: (round: FleetRound) => number): Spread =>
  spreadOf(rounds.map(pick));
const median = (rounds: readonly FleetRound[], pick: (round: FleetRound) => number): number =>
  spread(rounds, pick).median;
const sum = (rounds: readonly FleetRound[], pick: (round: FleetRound) => number): number =>
  rounds.reduce((total, round) => total + pick(round), 0);
const peak = (rounds: readonly FleetRound[]): number => spread(rounds, ({ memory }) => memory).most;
/** Of two phases' rounds that took place one after the other: noise that lasts is in both. */
const ratioOf = (
  rounds: readonly FleetRound[],
  idle: readonly FleetRound[],
  pick: (round: FleetRound) => number,
): number => median(rounds, pick) / median(idle, pick);

function row(phase: Phase, rounds: readonly FleetRound[], idle: readonly FleetRound[]): string[] {
  const p99 = ({ p99 }: FleetRound): number => p99;
  return [
    phase,
    String(sum(rounds, ({ records }) => records)),
    String(sum(rounds, ({ lost }) => lost)),
    digits(median(rounds, ({ p50 }) => p50)),
    digits(median(rounds, p99)),
    range(spread(rounds, p99)),
    phase === 'idle' ? '1' : digits(ratioOf(rounds, idle, p99)),
    digits(peak(rounds) / MIB),
    phase === 'idle' ? '1' : digits(peak(rounds) / peak(idle)),
    digits(median(rounds, ({ frameRate }) => frameRate) / 1e6),
    String(sum(rounds, ({ pulls }) => pulls)),
    String(sum(rounds, ({ framesLost }) => framesLost)),
    String(sum(rounds, ({ refused }) => refused)),
    digits(100 * median(rounds, ({ serverBusy }) => serverBusy)),
    digits(100 * median(rounds, ({ generatorBusy }) => generatorBusy)),
    digits(median(rounds, ({ generatorLate }) => generatorLate)),
  ];
}

const TITLES = [
  ...['PHASE', 'RECORDS', 'LOST', 'P50 MS', 'P99 MS', 'MIN-MAX', 'P99 RATIO', 'MEMORY MIB', 'RATIO'],
  ...['FRAMES MB/S', 'PULLS', 'FRAMES LOST', 'REFUSED', 'CPU %', 'GENERATOR CPU %', 'LATE MS'],
];

function figuresOf(phase: Phase, rounds: readonly FleetRound[], idle: readonly FleetRound[]): Figure[] {
  const figure = (name: string, value: number, unit: string): Figure => ({
    ...{ name: `${phase}.${name}`, value, unit },
  });
  const own = [
    figure(
      'p50',
      median(rounds, (round) => round.p50),
      'ms',
    ),
    figure(
      'p99',
      median(rounds, (round) => round.p99),
      'ms',
    ),
    figure(
      'records',
      sum(rounds, (round) => round.records),
      'messages',
    ),
    figure(
      'lost',
      sum(rounds, (round) => round.lost),
      'messages',
    ),
    figure('memory', peak(rounds), 'B'),
    figure(
      'server',
      median(rounds, (round) => round.serverBusy),
      'cores',
    ),
    figure(
      'generator',
      median(rounds, (round) => round.generatorBusy),
      'cores',
    ),
    figure(
      'generator-late',
      median(rounds, (round) => round.generatorLate),
      'ms',
    ),
  ];
  if (phase === 'idle') return own;
  const ratio = (name: string, value: number): Figure => ({
    ...{ name: `${phase}.${name}-ratio`, value, unit: 'ratio', ratioTo: `idle.${name}` },
  });
  return [
    ...own,
    figure(
      'frame-rate',
      median(rounds, (round) => round.frameRate),
      'B/s',
    ),
    figure(
      'pulls',
      sum(rounds, (round) => round.pulls),
      'pulls',
    ),
    figure(
      'frames-lost',
      sum(rounds, (round) => round.framesLost),
      'frames',
    ),
    figure(
      'refused',
      sum(rounds, (round) => round.refused),
      'requests',
    ),
    ratio(
      'p99',
      ratioOf(rounds, idle, (round) => round.p99),
    ),
    ratio('memory', peak(rounds) / peak(idle)),
  ];
}

function findingsOf(plan: Plan, { objects }: Fleet, rounds: Rounds): Findings {
  const idle = rounds.get('idle')!;
  const { boards, bytes, rate, seconds } = plan;
  const part = bytes < objects.full ? `the first ${bytes} of its ${objects.full} B` : `${objects.full} B`;
  const head =
    `${boards} boards with a record a second each, ${plan.rounds} rounds of ${seconds} s in turns; each board updates again ` +
    `and again, ${rate === undefined ? 'as fast as it gets' : `at no more than ${rate} B/s`}: the full form pulls ${part}, ` +
    `the patch ${Math.min(bytes, objects.patch)} B`;
  const table = [...rounds].map(([phase, own]) => row(phase, own, idle));
  return {
    text: `${head}\n\n${alignedTable(TITLES, table)}`,
    figures: [
      ...[...rounds].flatMap(([phase, own]) => figuresOf(phase, own, idle)),
      { name: 'full.object', value: objects.full, unit: 'B' },
      { name: 'full.pulled', value: Math.min(bytes, objects.full), unit: 'B' },
      { name: 'patch.object', value: objects.patch, unit: 'B' },
    ],
  };
}

export const fleetUpdate: Benchmark = {
  name: 'fleet-update',
  summary:
    "records of a fleet that updates at once: their delay and the server's memory, beside an idle fleet",
  help: `
A perch-server process with SQLite, one Mosquitto, and boards in this process, each with its own MQTT connection: Hello, a sealed
Monitor Record every second. In idle rounds that is all. In the others, each board is offered a release with the answer to its record,
asks Prepare and pulls what carries it with the agent's own transfer, into files in memory where there is room; what came
is compared by SHA-256, and the next record begins the next update. The release is the real executable.
LATE MS is how late this process is in all that it does (p99): the delay of records holds that too. A board of its own has not
the work of 200; with --rate each takes no more than its link would give.`,
  options: {
    boards: { value: 'N', help: 'boards, and connections (default: 200)' },
    seconds: { value: 'N', help: 'length of a round (default: 10)' },
    rounds: { value: 'N', help: 'rounds of each kind, whose median counts (default: 3)' },
    form: { value: 'F', help: 'full, patch or both: what the boards pull (default: both)' },
    bytes: { value: 'N', help: 'bytes after which a pull counts as done (default: 2097152)' },
    size: { value: 'N', help: 'MiB of a made-up executable; 0: the real one (default: 0)' },
    rate: { value: 'N', help: 'bytes per second that a board takes; 0: no limit (default: 0)' },
  },
  async run(values, watch) {
    const plan = planOf(values);
    const program = mosquittoProgram();
    if (program === undefined) throw new UsageError('mosquitto is not installed (apt-get install mosquitto)');
    const mosquitto = await startMosquitto(program);
    try {
      await using fleet = await startFleet(plan, mosquitto.url, watch);
      return findingsOf(plan, fleet, await takeTurns(plan, fleet, watch));
    } finally {
      await mosquitto.close();
    }
  },
};
