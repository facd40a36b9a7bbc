// npm run soak: real boards, a real server and a real broker under faults; then every record must be accounted for.
// npm run soak -- update: updates that are killed and lose their power; each must end on the new release.
import { parseArgs } from 'node:util';
import { showProgress } from './bench/report.ts';
import { type SoakReport, soak } from './soak/soak.ts';
import { hasFailed, soakUpdates, updateSoakText } from './updates/soak-update.ts';

const HELP = `npm run soak -- [--minutes N] [--agents N] [--seed N] [--json]
npm run soak -- update [--points N] [--seed N] [--json]   (npm run soak -- update --help)

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

const UPDATE_HELP = `npm run soak -- update [--points N] [--seed N] [--json]

Updates boards again and again under the real launcher, and checks that each ends on the new release and starts nothing but
whole published ones:

  kills at file-system calls    stand-ins with the real updater, killed at each call that changes a file, then at several
  power cuts                    stand-ins that go on with what a power cut at each call may have left of the disk
  kills of the real executable  a real server brings a patch, and the real agent is killed while it takes it

  --points N  kills of the first kind (default 1000); there are half as many updates of the second kind, and a twentieth as
              many kills of the third
  --seed N    which faults (default: by the clock; it is printed)
  --json      one JSON object on standard output

Exit code 1 when an update does not end so; the line that replays it is printed.`;

function whole(name: string, text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && number > 0 && number <= most) return number;
  throw new RangeError(`--${name} takes a number up to ${most}, not ${JSON.stringify(text)}`);
}

/** Most kills of one run: some days. */
const POINTS_LIMIT = 1_000_000;

function pointsOf(text: string | undefined): number {
  const points = whole('points', text, 1_000, POINTS_LIMIT);
  if (Number.isInteger(points)) return points;
  throw new RangeError(`--points takes a whole number, not ${JSON.stringify(text)}`);
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

const COMMON = {
  seed: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What both kinds are given: the seed, which is told, and a signal that ends them in good order. */
function begin(seedText: string | undefined): { seed: number; signal: AbortSignal } {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const seed = whole('seed', seedText, Date.now() % 1_000_000, 2 ** 31);
  console.error(`soak: seed ${seed}`);
  return { seed, signal: stop.signal };
}

/** @returns the exit code */
async function soakRecords(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { ...COMMON, minutes: { type: 'string' }, agents: { type: 'string' } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const report = await soak({
    agents: Math.floor(whole('agents', values.agents, 20, 200)),
    minutes: whole('minutes', values.minutes, 10, 7 * 24 * 60),
    ...begin(values.seed),
    progress: showProgress,
  });
  showProgress(undefined);
  console.log(values.json ? JSON.stringify(report) : textOf(report));
  return report.duplicated + report.unexplained === 0 ? 0 : 1;
}

/** @returns the exit code */
async function soakUpdate(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { ...COMMON, points: { type: 'string' } } });
  if (values.help) {
    console.log(UPDATE_HELP);
    return 0;
  }
  const points = pointsOf(values.points);
  const report = await soakUpdates({ points, ...begin(values.seed), progress: showProgress });
  showProgress(undefined);
  console.log(values.json ? JSON.stringify(report) : updateSoakText(report));
  return hasFailed(report) ? 1 : 0;
}

try {
  const [word, ...rest] = process.argv.slice(2);
  process.exitCode = word === 'update' ? await soakUpdate(rest) : await soakRecords(process.argv.slice(2));
} catch (error) {
  showProgress(undefined);
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof RangeError || error instanceof TypeError ? 2 : 1;
}
