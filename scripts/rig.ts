// npm run rig: a whole emulated board, to look at and to try changes on.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { onToldToEnd } from '../server/src/cli/told-to-end.ts';
import { showProgress } from './bench/report.ts';
import { ensureDebianPackages } from './build/apt.ts';
import { ROOT } from './build/paths.ts';
import { BOARDS_LIMIT, cutsFailed, cutText, runCuts } from './rig/cut-run.ts';
import { live } from './rig/live.ts';
import { foreignSystem, RIG_PACKAGES, RIG_PROGRAMS } from './rig/programs.ts';
import { findProgram } from './test/programs.ts';

const HELP = `npm run rig -- [--records N] [--alias NAME] [--clock TIME]
npm run rig -- --cuts N [--boards N] [--seed N] [--json]
npm run rig -- --long

Boots a whole arm64 board in QEMU: Debian's kernel, a card that scripts/flash made with the agent of
this tree, an I2C bridge and serial ports with a greenhouse on them, and a server and Mosquitto on this
machine. Kernel and root come from Debian's packages and are kept in node_modules/.cache.

Without options it shows the board's console and what the server stores, until Ctrl-C.

  --records N   ends after N stored records
  --alias NAME  of the board (default: greenhouse)
  --clock TIME  what the board's clock says when it is switched on, such as 2001-01-01T00:00:00
  --cuts N      takes the power away N times, while boards sample and are updated, and prints what became
                of boards and records
  --boards N    boards that suffer at once (default 2)
  --seed N      which moments (default: by the clock; it is printed)
  --json        one JSON object on standard output
  --long        all of it: the field tests, every chip, a real Debian under systemd, and 200 cuts; an hour or two

Exit code 1 when a board does not come up, a record is lost that should not be, or a test fails.`;

const LONG_CUTS = 200;

function whole(name: string, text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  if (/^[0-9]{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new RangeError(`--${name} takes a whole number from 1 to ${most}, not ${JSON.stringify(text)}`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      records: { type: 'string' },
      alias: { type: 'string', default: 'greenhouse' },
      clock: { type: 'string' },
      cuts: { type: 'string' },
      boards: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { clock } = values;
  if (clock !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(clock))
    throw new RangeError(`--clock takes a time such as 2001-01-01T00:00:00, not ${JSON.stringify(clock)}`);
  return {
    ...{ alias: values.alias, clock, json: values.json, long: values.long, help: values.help },
    records: whole('records', values.records, Number.POSITIVE_INFINITY, 1_000_000),
    cuts: values.cuts === undefined ? undefined : whole('cuts', values.cuts, 0, 1_000_000),
    boards: whole('boards', values.boards, 2, BOARDS_LIMIT),
    seed: whole('seed', values.seed, 1 + (Date.now() % 1_000_000), 2 ** 31),
  };
}

/** @throws Error that says what to install */
async function provide(): Promise<void> {
  const foreign = foreignSystem();
  if (foreign) throw new Error(foreign);
  const lacking = () => RIG_PROGRAMS.filter((program) => findProgram(program) === undefined);
  await ensureDebianPackages(lacking().map((program) => RIG_PACKAGES[program]!));
  const missing = lacking();
  if (missing.length > 0)
    throw new Error(
      `the emulated board needs ${missing.join(', ')}: apt-get install ${missing.map((program) => RIG_PACKAGES[program]).join(' ')}`,
    );
}

type Options = ReturnType<typeof readOptions>;

/** @returns the exit code */
async function cutPower({ boards, seed, json }: Options, cuts: number, signal: AbortSignal): Promise<number> {
  console.error(`rig: ${cuts} power cuts, seed ${seed}`);
  const terminal = process.stderr.isTTY;
  const report = await runCuts({
    ...{ cuts, seed, atOnce: boards, signal },
    progress: (text) => (terminal ? showProgress(text) : console.error(`rig: ${text}`)),
  });
  showProgress(undefined);
  console.log(json ? JSON.stringify(report) : cutText(report));
  return cutsFailed(report) ? 1 : 0;
}

/** The tests that take long, after those that `npm test` has. @returns the exit code */
function longTests(): Promise<number> {
  const folder = join(ROOT, 'scripts/rig');
  const files = readdirSync(folder).filter((name) => name.endsWith('.long.ts'));
  const paths = ['field.test.ts', ...files].map((name) => join(folder, name));
  const child = spawn(
    process.execPath,
    ['--test', '--test-concurrency=1', '--test-reporter=spec', ...paths],
    { cwd: ROOT, stdio: 'inherit' },
  );
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
}

/** @returns the exit code */
async function main(options: Options): Promise<number> {
  await provide();
  const stop = new AbortController();
  onToldToEnd(() => stop.abort());
  if (options.long) {
    const tests = await longTests();
    const cuts = await cutPower(options, options.cuts ?? LONG_CUTS, stop.signal);
    return tests || cuts;
  }
  if (options.cuts !== undefined) return cutPower(options, options.cuts, stop.signal);
  await live({ ...options, signal: stop.signal });
  return 0;
}

let options: Options | undefined;
try {
  options = readOptions();
} catch (error) {
  console.error(`rig: ${(error as Error).message}; see npm run rig -- --help`);
  process.exitCode = 2;
}
if (options?.help) console.log(HELP);
else if (options !== undefined)
  try {
    process.exitCode = await main(options);
  } catch (error) {
    showProgress(undefined);
    console.error(`rig: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
