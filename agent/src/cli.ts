import { existsSync, readFileSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';
import { parseArgs } from 'node:util';
import { configJsonSchema } from '@perch/broker-bridge/config/json-schema.ts';
import { parseConfig } from '@perch/broker-bridge/config/parse.ts';
import { fingerprint } from '@perch/broker-bridge/fingerprint.ts';
import { CONFIG_TEXT_LIMIT } from '@perch/broker-bridge/protocol/limits.ts';
import { runAgent } from './agent.ts';
import { identityOfBoard, notEnrolled, removeCardToken } from './card-token.ts';
import { HELP, helpOf, isCommand } from './help.ts';
import { enrol, type Identity, loadIdentity } from './identity.ts';
import { type BoardModule, loadBoard, loadI2c, loadSerialBinding } from './native/index.ts';
import { lockState } from './only-one.ts';
import { hex, type OutboxRecord } from './outbox/record.ts';
import { probeCommand, watchCommand } from './probe/commands.ts';
import { formatSensors } from './probe/format.ts';
import type { SensorEnvironment, SensorStatus } from './sensors/sensor-set.ts';
import { readStatus } from './status-socket.ts';
import { VERSION } from './version.ts';
import { systemdNotifier } from './watchdog/systemd.ts';

/** Exit codes: 0 done, 1 it failed or was refused, 2 the call was wrong. `run` also has NOBODY and that of the launcher. */
const OK = 0;
const FAILED = 1;
const USAGE = 2;
/** This board is nobody, and no start will change that: a service gives up until a person comes (sysexits.h, EX_CONFIG). */
const NOBODY = 78;

/** How an agent is meant to be started: by its service, or at least by the launcher, without which it takes no updates. */
const START =
  existsSync('/run/systemd/system') && existsSync('/usr/lib/systemd/system/perch-agent.service')
    ? 'sudo systemctl start perch-agent'
    : `perch-launcher ${process.execPath} run`;

const DEFAULT_STATE = '/var/lib/perch';
const platformOf = (): string => `${process.platform}-${process.arch === 'arm' ? 'armv7' : process.arch}`;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`perch-agent: ${text}\n`);

const readArguments = (args: string[]) =>
  parseArgs({
    args,
    allowPositionals: true,
    options: {
      state: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'V' },
      config: { type: 'string' },
      suggest: { type: 'boolean' },
      schema: { type: 'boolean' },
      count: { type: 'string' },
      'print-records': { type: 'boolean' },
    },
  });

/** Options that one command alone has. */
const OWN_OPTIONS = {
  config: 'probe',
  suggest: 'probe',
  schema: 'check-config',
  count: 'watch',
  'print-records': 'run',
} as const;

/** The command line of the agent. @returns the exit code */
export async function main(args: string[]): Promise<number> {
  let values: ReturnType<typeof readArguments>['values'];
  let words: string[];
  try {
    ({ values, positionals: words } = readArguments(args));
  } catch (error) {
    complain(`${(error as Error).message.split('. ')[0]}; see perch-agent --help`);
    return USAGE;
  }
  const [command, ...rest] = words;
  if (values.version) {
    print(VERSION);
    return OK;
  }
  if (values.help || command === 'help' || command === undefined) {
    const about = command === 'help' ? rest[0] : command;
    print(about !== undefined && isCommand(about) ? helpOf(about) : HELP);
    return command === undefined && !values.help ? USAGE : OK;
  }
  if (!isCommand(command)) {
    complain(`there is no command ${JSON.stringify(command)}; see perch-agent --help`);
    return USAGE;
  }
  for (const [option, owner] of Object.entries(OWN_OPTIONS))
    if (values[option as keyof typeof OWN_OPTIONS] !== undefined && owner !== command) {
      complain(`--${option} belongs to ${owner}; see perch-agent ${command} --help`);
      return USAGE;
    }
  const state = resolvePath(values.state ?? process.env.PERCH_STATE ?? DEFAULT_STATE);
  process.env.PERCH_STATE = state; // native parts are unpacked there too
  const json = values.json === true;
  try {
    switch (command) {
      case 'enroll':
        return await enrolCommand(state, rest, json);
      case 'run':
        return await runCommand(state, values['print-records'] === true);
      case 'probe':
        if (rest.length > 0) {
          complain('probe takes no words; see perch-agent probe --help');
          return USAGE;
        }
        await probeCommand(
          state,
          environmentOf(complain),
          { file: values.config, json, suggest: values.suggest === true },
          { print, note: complain },
        );
        return OK;
      case 'check-config':
        if (values.schema) {
          print(JSON.stringify(configJsonSchema(), null, 2));
          return OK;
        }
        return checkConfigCommand(rest, json);
      case 'watch':
        return await watching(state, values.count, json);
      case 'status':
        return await statusCommand(state, json);
    }
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return FAILED;
  }
}

const environmentOf = (log: (text: string) => void): SensorEnvironment => ({
  sysRoot: '/sys',
  procRoot: '/proc',
  loadI2c,
  loadSerialBinding,
  now: () => performance.now(),
  log: (level, message, fields) => {
    if (level !== 'debug') log(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`);
  },
});

async function enrolCommand(state: string, [token, ...more]: string[], json: boolean): Promise<number> {
  if (token === undefined || more.length > 0) {
    complain('enroll takes one TOKEN (or - to read it from standard input); see perch-agent enroll --help');
    return USAGE;
  }
  const text = token === '-' ? readFileSync(0, 'utf8') : token;
  const { enrolment, key } = enrol(state, text);
  removeCardToken(state);
  const print_ = fingerprint(key.publicKey);
  if (json) print(JSON.stringify({ alias: enrolment.alias, fingerprint: print_, state }));
  else print(`Enrolled as ${enrolment.alias}. This board's key: ${print_}`);
  const running = (await readStatus(state).catch(() => undefined)) !== undefined;
  if (!json)
    print(running ? 'The agent that runs here still reports as before: restart it.' : `Next: ${START}`);
  return OK;
}

/** One line of JSON; the bytes of boot and stream in hex. */
const recordLine = ({ values, errors, boot, stream, ...record }: OutboxRecord): string =>
  JSON.stringify({
    stream: hex(stream),
    ...record,
    boot: hex(boot),
    values: Object.fromEntries(values),
    errors: Object.fromEntries(errors ?? []),
  });

/** The native part, or undefined with a word on what the agent does without. */
function boardOrNot(log: (text: string) => void): BoardModule | undefined {
  try {
    return loadBoard();
  } catch (error) {
    log(`without the native part: ${(error as Error).message}`);
    return undefined;
  }
}

async function runCommand(state: string, printRecords: boolean): Promise<number> {
  const log = (text: string): void => void process.stderr.write(`${text}\n`);
  const alone = !existsSync(state) || (await lockState(state));
  if (!alone || (await readStatus(state).catch(() => undefined)) !== undefined) {
    complain(
      `an agent already runs with the state folder ${state}; end it first, or use another --state DIR`,
    );
    return FAILED;
  }
  let identity: Identity | undefined;
  try {
    identity = identityOfBoard(state, log);
    if (identity === undefined) complain(notEnrolled(state));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    complain(error.message);
  }
  if (identity === undefined) return NOBODY;
  // The launcher tells which state folder it watches.
  const watched = process.env.PERCH_LAUNCHER;
  const launched = watched !== undefined && resolvePath(watched) === state;
  if (!launched)
    log(
      watched === undefined
        ? 'not started by perch-launcher: this agent takes no updates'
        : `perch-launcher watches ${watched}, not ${state}: this agent takes no updates; set PERCH_STATE instead of --state`,
    );
  const board = boardOrNot(log);
  return new Promise((resolve) => {
    const agent = runAgent({
      state,
      identity,
      version: VERSION,
      platform: platformOf(),
      environment: environmentOf(log),
      board,
      ownProcess: true,
      notifier: systemdNotifier({
        env: process.env,
        pid: process.pid,
        ppid: process.ppid,
        notify: board?.notify,
        note: log,
      }),
      onRecord: printRecords ? (record) => print(recordLine(record)) : undefined,
      launched,
      executable: process.execPath,
      log,
      ended(code, hung) {
        if (hung) process.kill(process.pid, 'SIGKILL');
        resolve(code);
        // Whatever still holds the loop must not hold the board.
        setTimeout(() => process.exit(code), 500).unref();
      },
    });
    process.on('SIGTERM', () => void agent.stop());
    process.on('SIGINT', () => void agent.stop());
  });
}

async function watching(state: string, countText: string | undefined, json: boolean): Promise<number> {
  const count = countText === undefined ? Number.POSITIVE_INFINITY : Number(countText);
  if (!(count >= 1) || (countText !== undefined && !/^[0-9]{1,9}$/.test(countText))) {
    complain(`--count takes a whole number from 1, not ${JSON.stringify(countText)}`);
    return USAGE;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const terminal = process.stdout.isTTY === true && !json;
  const ran = await watchCommand(
    state,
    { json, count, terminal, signal: stop.signal },
    { print, note: complain },
  );
  if (ran) return OK;
  complain(`no agent runs with the state folder ${state}; start it: ${START}`);
  return FAILED;
}

function checkConfigCommand([file, ...more]: string[], json: boolean): number {
  if (file === undefined || more.length > 0) {
    complain('check-config takes one FILE; see perch-agent check-config --help');
    return USAGE;
  }
  const bytes = readFileSync(file === '-' ? 0 : file);
  if (bytes.length > CONFIG_TEXT_LIMIT) {
    complain(`${file} has ${bytes.length} bytes; a config has at most ${CONFIG_TEXT_LIMIT}`);
    return FAILED;
  }
  const outcome = parseConfig(bytes.toString('utf8'));
  if (json) print(JSON.stringify(outcome.ok ? { ok: true } : { ok: false, faults: outcome.faults }));
  else if (outcome.ok) print(`${file} is a valid config with ${outcome.config.sensors.length} sensors`);
  else
    for (const { pointer, message, hint } of outcome.faults)
      complain(`${pointer || '/'}: ${message} (${hint})`);
  return outcome.ok ? OK : FAILED;
}

async function statusCommand(state: string, json: boolean): Promise<number> {
  const status = await readStatus(state);
  const identity = loadIdentity(state);
  if (status === undefined) {
    if (json) print(JSON.stringify({ running: false, alias: identity?.enrolment.alias ?? null }));
    else
      complain(
        identity === undefined
          ? notEnrolled(state)
          : `no agent runs here as ${identity.enrolment.alias}; start it: ${START}`,
      );
    return FAILED;
  }
  print(
    json
      ? JSON.stringify({ running: true, ...(status as object) })
      : formatStatus(status as Record<string, unknown>),
  );
  return OK;
}

/** Nested values as dotted lines, aligned, and the sensors as a table. */
function formatStatus({ readings: _, sensors, ...status }: Record<string, unknown>): string {
  const lines: [string, string][] = [];
  const walk = (name: string, value: unknown): void => {
    if (value !== null && typeof value === 'object') {
      for (const [key, entry] of Object.entries(value)) walk(name === '' ? key : `${name}.${key}`, entry);
    } else {
      lines.push([name, value === null ? '-' : String(value)]);
    }
  };
  walk('', status);
  const width = Math.max(...lines.map(([name]) => name.length));
  const text = lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
  return `${text}\n\n${formatSensors(sensors as SensorStatus[])}`;
}
