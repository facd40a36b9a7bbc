// npm run bench -- NAME: measures this machine.
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import type { Benchmark } from './bench/benchmark.ts';
import { board } from './bench/board.ts';
import { fleetUpdate } from './bench/fleet-update.ts';
import { http } from './bench/http.ts';
import { ingest } from './bench/ingest.ts';
import { type OptionValues, UsageError } from './bench/options.ts';
import { outbox } from './bench/outbox.ts';
import { machineLine, showProgress, thisMachine } from './bench/report.ts';
import { sensors } from './bench/sensors.ts';
import { sleep } from './bench/sleep.ts';
import { update } from './bench/update.ts';
import { wire } from './bench/wire.ts';

const BENCHMARKS: readonly Benchmark[] = [
  wire,
  ingest,
  sensors,
  outbox,
  sleep,
  update,
  fleetUpdate,
  board,
  http,
];
const NAMES = BENCHMARKS.map(({ name }) => name);

class Interrupted extends Error {
  readonly exitCode: number;
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`ended by ${signal}; nothing was measured to the end`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

const HELP = `Measures Perch on this machine and prints tables. A machine that others use as well gives noisy times: look at min-max,
and at the ratios to what ran beside in the same run.

usage: npm run bench -- NAME [options]

${BENCHMARKS.map(({ name, summary }) => `  ${name.padEnd(12)}  ${summary}`).join('\n')}

  --json    one JSON object on standard output: { name, machine, figures: [{ name, value, unit, ratioTo? }] };
            a figure of the unit "ratio" was divided by what ratioTo names
  --help    this text; after a NAME, about that benchmark
`;

function helpOf({ name, summary, help, options }: Benchmark): string {
  const lines = [
    ...Object.entries(options).map(([option, { value, help }]) => [`--${option} ${value}`, help]),
    ['--json', 'one JSON object on standard output'],
  ];
  const width = Math.max(...lines.map(([left]) => left!.length));
  const text = lines.map(([left, right]) => `  ${left!.padEnd(width)}  ${right}`).join('\n');
  return `${name}: ${summary}\n\nusage: npm run bench -- ${name} [options]\n${help}\n\n${text}\n`;
}

function readOptions(
  benchmark: Benchmark,
  args: string[],
): { values: OptionValues; json: boolean; help: boolean } {
  const own = Object.keys(benchmark.options).map((name) => [name, { type: 'string' as const }] as const);
  try {
    const { values } = parseArgs({
      args,
      options: {
        ...Object.fromEntries(own),
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { json, help, ...rest } = values;
    return { values: rest as OptionValues, json: json === true, help: help === true };
  } catch (error) {
    throw new UsageError(
      `${(error as Error).message.split('. ')[0]}; see npm run bench -- ${benchmark.name} --help`,
    );
  }
}

async function main([name, ...args]: string[]): Promise<void> {
  if (name === '--help' || name === '-h') return void process.stdout.write(HELP);
  if (name === undefined || name.startsWith('-'))
    throw new UsageError(`say which benchmark first: ${NAMES.join(' or ')}; see npm run bench -- --help`);
  const benchmark = BENCHMARKS.find((each) => each.name === name);
  if (benchmark === undefined)
    throw new UsageError(`there is no benchmark ${JSON.stringify(name)}: give ${NAMES.join(' or ')}`);
  const { values, json, help } = readOptions(benchmark, args);
  if (help) return void process.stdout.write(helpOf(benchmark));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Interrupted(signal)));
  const { figures, text } = await benchmark
    .run(values, { progress: showProgress, signal: stop.signal })
    .catch((error: unknown) => {
      throw stop.signal.aborted ? stop.signal.reason : error; // what failed then failed for that
    })
    .finally(() => showProgress(undefined));
  const machine = thisMachine();
  const known = figures.filter(({ value }) => Number.isFinite(value)); // JSON has no NaN
  console.log(
    json ? JSON.stringify({ name, machine, figures: known }) : `${machineLine(machine)}\n\n${text}`,
  );
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : error instanceof Interrupted ? error.exitCode : 1;
}
