import { e2eExecutable } from '../build/e2e-executables.ts';
import { findProgram } from '../test/programs.ts';
import type { Benchmark } from './benchmark.ts';
import { numberOption } from './options.ts';
import { alignedTable, digits, type Figure, type Findings, range } from './report.ts';
import { type Held, heldReports, type Slept, sleptReports } from './sleep-board.ts';
import type { Connection } from './sleep-meter.ts';
import { spreadOf } from './statistics.ts';

const WIRES = ['tcp', 'tls'] as const;
type Wire = (typeof WIRES)[number];
type Measured = { slept: Slept; held: Held };

/** Seconds without a word after which a held link is pinged: MqttLink's default. */
const KEEPALIVE_S = 60;
/** Periods to reckon for, in s. */
const PERIODS = { '1 min': 60, '10 min': 600, '1 h': 3_600, '24 h': 86_400 };

const bytesOf = ({ up, down }: Connection): number => up + down;
const openFor = ({ opened, closed }: Connection): number => closed! - opened;
const medianOf = (connections: readonly Connection[], of: (one: Connection) => number): number =>
  spreadOf(connections.map(of)).median;

/** The least: the broker's last word can come before the board's, and pass for an answer. */
const waitsOf = (connections: readonly Connection[]): number =>
  Math.min(...connections.map(({ waits }) => waits));

/** Bytes per report of a link that stays up at this period, with the pings between two reports. */
const heldAt = ({ report, ping }: Held, seconds: number): number =>
  report + Math.floor((seconds - 1) / KEEPALIVE_S) * ping;

function figuresOf(wire: Wire, { slept, held }: Measured): Figure[] {
  const report = `${wire}.report.bytes`;
  const own = (kind: string, connections: readonly Connection[]): Figure[] => [
    { name: `${wire}.${kind}.bytes`, value: medianOf(connections, bytesOf), unit: 'B' },
    { name: `${wire}.${kind}.up`, value: medianOf(connections, ({ up }) => up), unit: 'B' },
    { name: `${wire}.${kind}.down`, value: medianOf(connections, ({ down }) => down), unit: 'B' },
    { name: `${wire}.${kind}.open`, value: medianOf(connections, openFor), unit: 'ms' },
    { name: `${wire}.${kind}.waits`, value: waitsOf(connections), unit: 'waits' },
  ];
  return [
    ...own('first', [slept.first]),
    ...own('report', slept.later),
    { name: `${wire}.held.bytes`, value: held.report, unit: 'B' },
    { name: `${wire}.ping.bytes`, value: held.ping, unit: 'B' },
    ...[1, ...Object.values(PERIODS)].map((seconds) => ({
      name: `${wire}.held.${seconds}s.ratio`,
      value: heldAt(held, seconds) / medianOf(slept.later, bytesOf),
      unit: 'ratio',
      ratioTo: report,
    })),
  ];
}

const NAMES: Record<Wire, string> = { tcp: 'TCP', tls: 'TLS' };

function measuredTable(measured: Record<Wire, Measured>): string {
  const row = (wire: Wire, what: string, connections: readonly Connection[]): string[] => [
    ...[NAMES[wire], what],
    digits(medianOf(connections, ({ up }) => up)),
    digits(medianOf(connections, ({ down }) => down)),
    digits(medianOf(connections, bytesOf)),
    range(spreadOf(connections.map(bytesOf))),
    digits(medianOf(connections, openFor)),
    range(spreadOf(connections.map(openFor))),
    digits(waitsOf(connections)),
  ];
  const titles = ['', 'PER REPORT', 'UP B', 'DOWN B', 'BOTH B', 'MIN-MAX', 'OPEN MS', 'MIN-MAX', 'WAITS'];
  const rows = WIRES.flatMap((wire) => {
    const { slept, held } = measured[wire];
    const whole = [digits(held.report), '', 'always', '', ''];
    return [
      row(wire, 'per-exchange, first, with Hello', [slept.first]),
      row(wire, 'per-exchange, later ones', slept.later),
      [NAMES[wire], 'held, without pings', '', '', ...whole],
      [NAMES[wire], 'held, a ping and its answer', '', '', digits(held.ping), '', '', '', ''],
    ];
  });
  return alignedTable(titles, rows, 2);
}

function periodTable(measured: Record<Wire, Measured>): string {
  const rows = WIRES.flatMap((wire) =>
    Object.entries({ '1 s (measured)': 1, ...PERIODS }).map(([period, seconds]) => {
      const { slept, held } = measured[wire];
      const own = medianOf(slept.later, bytesOf);
      const whole = heldAt(held, seconds);
      const open = medianOf(slept.later, openFor) / (seconds * 10);
      return [NAMES[wire], period, digits(whole), digits(own), digits(whole / own), open.toPrecision(2)];
    }),
  );
  return alignedTable(['', 'PERIOD', 'HELD B', 'PER-EXCHANGE B', 'RATIO', 'RADIO ON %'], rows, 2);
}

export const sleep: Benchmark = {
  name: 'sleep',
  summary:
    'bytes on the wire and time online per report of a board that sleeps, beside one that stays connected',
  help: `
The packaged agent (the executable that ships) with eight items of /proc, a server process and a Mosquitto, with and without
TLS (1.3, a chain of one certificate of P-256, no session tickets used again). A proxy counts the TCP payload both ways, and
how long each connection was open: the radio of the board must be on for so long. All is on this machine, so that time is
that of the programs alone: add one round trip of your network for TCP itself and one for each of WAITS. With TLS some 40 ms of
it are Nagle's algorithm in Mosquitto, as it comes; "set_tcp_nodelay true" in its configuration takes them away.
A period of 1 s stands for long ones: what a report costs does not depend on it, and each connection carries one record. First:
the connection after a start, with Hello and the first report; later ones find the session still there, and a new Hello comes
once a day. Held: bytes over all reports. The rows for longer periods are reckoned: a held link is pinged after each ${KEEPALIVE_S} s
without a word, and what a ping costs is measured on a link as the agent's. Ratio: held to per-exchange.`,
  options: { reports: { value: 'N', help: 'reports of each side (default: 20)' } },
  async run(values, { progress, signal }): Promise<Findings> {
    const reports = numberOption(values, 'reports', 20, { least: 1, most: 600 });
    for (const program of ['mosquitto', 'openssl'])
      if (findProgram(program) === undefined)
        throw new Error(`${program} is not installed (apt-get install ${program})`);
    progress('building the agent');
    await e2eExecutable(process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64', '0.1.0');
    const found: [Wire, Measured][] = [];
    for (const wire of WIRES) {
      progress(`${NAMES[wire]}: ${reports} reports of a board that sleeps`);
      const slept = await sleptReports(wire === 'tls', reports, signal);
      progress(`${NAMES[wire]}: ${reports} reports of a board that stays`);
      found.push([wire, { slept, held: await heldReports(wire === 'tls', reports, signal) }]);
    }
    const measured = Object.fromEntries(found) as Record<Wire, Measured>;
    return {
      figures: WIRES.flatMap((wire) => figuresOf(wire, measured[wire])),
      text: [`${reports} reports of each side`, measuredTable(measured), periodTable(measured)].join('\n\n'),
    };
  },
};
