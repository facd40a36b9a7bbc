// npm run soak: real boards, a real server and a real broker under faults; then every record must be accounted for.
import { parseArgs } from 'node:util';
import { showProgress } from './bench/report.ts';
import { type SoakReport, soak } from './soak/soak.ts';

const HELP = `npm run soak -- [--minutes N] [--agents N] [--seed N] [--json]

Runs agents (the real executable), a server and Mosquitto on this machine, and does to them what the field does: kills, power
cuts, ended agents, killed servers and brokers, a locked database, links that are slow, cut, doubled, out of order or black
holes. Then the weather gets fine, and it prints what became of every record that was taken:

  taken        records that the agents took
  stored       of them, in the server's database
  gap-counted  not stored, but in a gap that says when and why
  duplicated   stored twice (must be 0)
  unexplained  neither stored nor in a gap (must be 0)

  --minutes N  how long there are faults (default 10)
  --agents N   default 20
  --seed N     which faults (default: by the clock; it is printed)
  --json       one JSON object on standard output

Exit code 1 when a record is duplicated or unexplained.`;

function whole(name: string, text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && number > 0 && number <= most) return number;
  throw new RangeError(`--${name} takes a number up to ${most}, not ${JSON.stringify(text)}`);
}

const textOf = ({
  seed,
  agents,
  minutes,
  taken,
  stored,
  gapCounted,
  duplicated,
  unexplained,
  ...rest
}: SoakReport): string =>
  `${agents} agents, ${minutes} minutes, seed ${seed}
faults:  ${entries(rest.faults)}
packets: ${entries(rest.packets)}

taken        ${taken}
stored       ${stored}
gap-counted  ${gapCounted}
duplicated   ${duplicated}
unexplained  ${unexplained}${rest.lost.length === 0 ? '' : `\n${rest.lost.join('\n')}`}`;

const entries = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

try {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      agents: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(HELP);
  } else {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const seed = whole('seed', values.seed, Date.now() % 1_000_000, 2 ** 31);
    console.error(`soak: seed ${seed}`);
    const report = await soak({
      agents: Math.floor(whole('agents', values.agents, 20, 200)),
      minutes: whole('minutes', values.minutes, 10, 7 * 24 * 60),
      seed,
      progress: showProgress,
      signal: stop.signal,
    });
    showProgress(undefined);
    console.log(values.json ? JSON.stringify(report) : textOf(report));
    process.exitCode = report.duplicated + report.unexplained === 0 ? 0 : 1;
  }
} catch (error) {
  showProgress(undefined);
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof RangeError || error instanceof TypeError ? 2 : 1;
}
