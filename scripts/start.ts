import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { stop as stopEsbuild } from 'esbuild';
import { loadIdentity } from '../agent/src/identity.ts';
import { VERSION } from '../agent/src/version.ts';
import { defaultConfigText } from '../broker-bridge/src/config/default-config.ts';
import { parseBroker } from '../broker-bridge/src/mqtt/link.ts';
import { perform } from '../server/src/cli/perform.ts';
import { printable, recordTime, valuesText } from '../server/src/cli/text.ts';
import { onToldToEnd } from '../server/src/cli/told-to-end.ts';
import { loadKeys } from '../server/src/keys.ts';
import { PortInUse, runServer } from '../server/src/server.ts';
import { databasePath, openSqliteStore } from '../server/src/store/sqlite.ts';
import { buildAgent } from './build/build-agent.ts';
import { buildPage } from './build/build-page.ts';
import { ROOT } from './build/paths.ts';
import { hostTarget } from './build/targets.ts';

const HELP = `npm start -- [--records N] [--data DIR] [--port PORT] [--page PORT]

Builds the agent for this machine, starts a server with its own broker on 127.0.0.1
and that agent beside it, and prints each record that the server stored: alias, time,
values. The page that shows them is at the address that is printed. Ctrl-C ends both.

  --records N   end with exit code 0 after N stored records
  --data DIR    where both keep what they know (default: .perch); a second start goes on
  --port PORT   port of the broker (default: 1883)
  --page PORT   port of the page (default: 8080, or any free one)

To look around while it runs, in another terminal:
  npm run perch-server -- devices
  npm run perch-server -- config get ALIAS`;

const PERIOD = '2s';
/** How long the agent may take to end after it was asked to. */
const END_TIMEOUT_MS = 8_000;

function fail(message: string, code = 1): never {
  process.stderr.write(`perch: ${message}\n`);
  process.exit(code);
}

/** An alias from the machine's name: what is not allowed in one becomes a dash. */
const aliasOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, 64) || 'this-machine';

function readOptions(): { records: number; data: string; port: number; page: number | undefined } {
  try {
    const { values } = parseArgs({
      options: {
        records: { type: 'string' },
        data: { type: 'string' },
        port: { type: 'string' },
        page: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const number = (name: string, text: string | undefined, otherwise: number, most: number): number => {
      if (text === undefined) return otherwise;
      if (!/^[0-9]{1,9}$/.test(text) || Number(text) < 1 || Number(text) > most)
        throw new TypeError(`--${name} ${text}: give a number from 1 to ${most}`);
      return Number(text);
    };
    return {
      records: number('records', values.records, Number.POSITIVE_INFINITY, 1_000_000),
      data: resolve(process.env.INIT_CWD ?? '.', values.data ?? '.perch'),
      port: number('port', values.port, 1883, 65_535),
      page: values.page === undefined ? undefined : number('page', values.page, 8080, 65_535),
    };
  } catch (error) {
    return fail(`${(error as Error).message}; see npm start -- --help`, 2);
  }
}

const PAGE_PORT = 8080;

/** True when nobody listens at a port of this machine. */
const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const { records, data, port, page } = readOptions();
  if (page !== undefined && !(await isFree(page)))
    fail(`port ${page} on 127.0.0.1 is in use; choose another for the page: npm start -- --page PORT`);
  const [serverData, agentState] = [join(data, 'server'), join(data, 'agent')];
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const { platform } = hostTarget();
  const executable = await buildAgent({
    platform,
    version: VERSION,
    outfile: join(ROOT, 'dist', `perch-agent-${platform}`),
    progress: say,
  });
  await stopEsbuild(); // its service would stay, and outlive this process for a moment
  await buildPage(say);
  const alias = aliasOf(hostname());
  await prepareConfig(serverData, alias);

  let stored = 0;
  let finish: (code: number) => void = () => {};
  const finished = new Promise<number>((done) => {
    finish = done;
  });
  const server = await runServer({
    dataDir: serverData,
    listen: { host: '127.0.0.1', port },
    prefix: 'perch/v1',
    http: { host: '127.0.0.1', port: page ?? ((await isFree(PAGE_PORT)) ? PAGE_PORT : 0) },
    log: ({ level, text }) => {
      if (level !== 'info') say(`server: ${printable(text)}`);
    },
    onRecords(rows) {
      for (const row of rows) {
        if (stored >= records) return;
        stored += 1;
        console.log(`${printable(row.alias)}  ${recordTime(row)}  ${valuesText(row)}`);
      }
      if (stored >= records) finish(0);
    },
  }).catch((error: unknown) => {
    if (error instanceof PortInUse)
      fail(`port ${port} on 127.0.0.1 is in use; choose another: npm start -- --port PORT`);
    return fail(error instanceof Error ? error.message : String(error));
  });
  say(`server: up, broker ${server.broker}, data in ${serverData}`);
  const { url } = await perform(serverData, 'login', {});
  say(
    `page: ${url} (works once, within an hour; another: npm run perch-server -- login --data ${serverData})`,
  );
  onToldToEnd(() => finish(0));

  await enrol(executable.path, serverData, agentState, alias, server.broker);
  const agent = spawn(join(ROOT, 'agent/launcher/perch-launcher'), [executable.path, 'run'], {
    env: { ...process.env, PERCH_STATE: agentState },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  agent.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) say(`agent: ${printable(line)}`);
  });
  const gone = new Promise<void>((done) => {
    agent.once('error', (error) => {
      say(`agent: does not start: ${error.message}`);
      finish(1);
      done();
    });
    agent.once('exit', (code, signal) => {
      if (code !== 0 && signal === null) say(`agent: ended with code ${code}`);
      finish(code ?? 1);
      done();
    });
  });

  const code = await finished;
  agent.kill('SIGTERM');
  const forced = setTimeout(() => agent.kill('SIGKILL'), END_TIMEOUT_MS);
  await gone;
  clearTimeout(forced);
  await server.close();
  process.exit(code);
}

/** A board of its own config from the first start: a record every two seconds, so that there is something to see. */
async function prepareConfig(dataDir: string, alias: string): Promise<void> {
  const store = await openSqliteStore(databasePath(dataDir));
  const known = await store.config(alias);
  await store.close();
  if (known === undefined) await perform(dataDir, 'configSet', { alias, text: defaultConfigText(PERIOD) });
}

/** Enrols the agent unless it already knows this very server at this very place. */
async function enrol(
  agent: string,
  dataDir: string,
  state: string,
  alias: string,
  broker: string,
): Promise<void> {
  let known: ReturnType<typeof loadIdentity>;
  try {
    known = loadIdentity(state);
  } catch {
    known = undefined; // damaged: enrolling anew mends it
  }
  const store = await openSqliteStore(databasePath(dataDir));
  const { static: own } = await loadKeys(dataDir, store);
  await store.close();
  const same =
    known?.enrolment.alias === alias &&
    known.enrolment.serverKey === Buffer.from(own.publicKey).toString('base64url') &&
    parseBroker(known.enrolment.broker).url === broker;
  if (same) return;
  const { token } = await perform(dataDir, 'enroll', { alias });
  await new Promise<void>((done, reject) => {
    // By standard input: a token must not show in the list of processes.
    const child = spawn(agent, ['enroll', '-', '--state', state], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? done() : reject(new Error(`perch-agent enroll ended with code ${code}`)),
    );
    child.stdin.end(token);
  });
}

main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
