import { createPrivateKey, X509Certificate } from 'node:crypto';
import { styleText } from 'node:util';
import { CA_LIMIT } from '@perch/broker-bridge/enrolment.ts';
import { type BrokerAddress, parseBroker } from '@perch/broker-bridge/mqtt/link.ts';
import { checkPrefix, DEFAULT_PREFIX } from '@perch/broker-bridge/protocol/topics.ts';
import type { HttpOptions } from '../http/options.ts';
import type { LogEntry, RunningServer, ServeOptions } from '../serve-options.ts';
import { RELEASES_KEPT } from '../store/contract.ts';
import type { CliCommand, Input } from './command-line.ts';
import { perform } from './perform.ts';
import { printJson } from './print.ts';
import { printable, recordTime, table, timeText, valuesText } from './text.ts';
import { onToldToEnd } from './told-to-end.ts';
import { UsageError } from './usage-error.ts';
import { countOption, readInput } from './values.ts';

const DEFAULT_LISTEN = '127.0.0.1:1883';
const DEFAULT_HTTP = '127.0.0.1:8080';
/** Longest password file and CA file in bytes. */
const PASSWORD_LIMIT = 4096;
/** How long an orderly end may take before the process ends anyway. */
const CLOSE_TIMEOUT_MS = 15_000;

function brokerUrl(name: string, text: string): BrokerAddress {
  try {
    return parseBroker(text);
  } catch (error) {
    throw new UsageError(`--${name}: ${(error as Error).message}`);
  }
}

function readListen(option: string, text: string, such: string): ServeOptions['listen'] {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535) throw new UsageError(`--${option} ${text}: write HOST:PORT, such as ${such}`);
  return { host: match[1]!.replace(/[[\]]/g, ''), port };
}

/** The PEM of the broker's certificate authority, which tokens carry to the boards. */
function readCertificate(file: string): string {
  const text = readInput(file, CA_LIMIT);
  try {
    new X509Certificate(text);
  } catch {
    throw new UsageError(`--ca ${file}: no certificate in PEM`);
  }
  return text;
}

function readBroker(input: Input): BrokerAddress | undefined {
  const url = input.text('broker');
  if (url === undefined) {
    for (const name of ['ca', 'username', 'password-file'])
      if (input.text(name) !== undefined)
        throw new UsageError(`--${name} is for a broker that --broker names`);
    return undefined;
  }
  const address = brokerUrl('broker', url);
  if (address.password !== undefined)
    throw new UsageError(
      '--broker: a password on the command line can be read by every user; use --password-file or PERCH_BROKER_PASSWORD',
    );
  const username = input.text('username') ?? address.username;
  const file = input.text('password-file');
  const password = file === undefined ? input.env.PERCH_BROKER_PASSWORD : readInput(file, PASSWORD_LIMIT);
  const ca = input.text('ca');
  if (ca !== undefined && !address.url.startsWith('mqtts:'))
    throw new UsageError('--ca is for a broker with TLS: its URL begins with mqtts://');
  if (password && username === undefined) throw new UsageError('a broker password needs --username NAME');
  return {
    url: address.url,
    ...(username === undefined ? {} : { username }),
    ...(password ? { password: password.replace(/\r?\n$/, '') } : {}),
    ...(ca === undefined ? {} : { ca: readCertificate(ca) }),
  };
}

const HTTP_OPTIONS = ['http', 'tls-cert', 'tls-key', 'public-url'] as const;

/** Where page and API are; undefined for --no-http. */
function readHttp(input: Input): HttpOptions | undefined {
  if (input.flag('no-http')) {
    const other = HTTP_OPTIONS.find((name) => input.text(name) !== undefined);
    if (other !== undefined) throw new UsageError(`--${other} is for the page, and --no-http leaves it out`);
    return undefined;
  }
  const [cert, key] = [input.text('tls-cert'), input.text('tls-key')];
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('--tls-cert and --tls-key go together: the certificate and its private key');
  const publicUrl = input.text('public-url');
  if (publicUrl !== undefined && !isWebAddress(publicUrl))
    throw new UsageError(
      `--public-url ${publicUrl}: write it such as https://perch.example.org, without a path`,
    );
  return {
    ...readListen('http', input.text('http') ?? DEFAULT_HTTP, DEFAULT_HTTP),
    ...(cert === undefined || key === undefined ? {} : { tls: readPair(cert, key) }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    trustProxy: input.flag('trust-proxy'),
  };
}

function isWebAddress(text: string): boolean {
  try {
    const { protocol, pathname, search, hash, username } = new URL(text);
    return /^https?:$/.test(protocol) && pathname === '/' && `${search}${hash}${username}` === '';
  } catch {
    return false;
  }
}

/** Longest PEM file in bytes. */
const PEM_LIMIT = 64 * 1024;

/** @throws UsageError when certificate and key are not a pair */
function readPair(certFile: string, keyFile: string): { cert: string; key: string } {
  const [cert, key] = [readInput(certFile, PEM_LIMIT), readInput(keyFile, PEM_LIMIT)];
  let own: X509Certificate;
  try {
    own = new X509Certificate(cert);
  } catch {
    throw new UsageError(`--tls-cert ${certFile}: no certificate in PEM`);
  }
  try {
    if (own.checkPrivateKey(createPrivateKey(key))) return { cert, key };
  } catch {
    throw new UsageError(`--tls-key ${keyFile}: no private key in PEM, or one with a passphrase`);
  }
  throw new UsageError(`--tls-key ${keyFile} is not the key of the certificate ${certFile}`);
}

/** What the options of `serve` say. Throws UsageError. */
export function readServeOptions(input: Input): Omit<ServeOptions, 'log' | 'onRecords'> {
  const broker = readBroker(input);
  if (broker !== undefined && input.text('listen') !== undefined)
    throw new UsageError('--listen is for the embedded broker; with --broker there is none');
  const prefix = input.text('prefix') ?? DEFAULT_PREFIX;
  const advertise = input.text('advertise') ?? (input.env.PERCH_ADVERTISE || undefined);
  if (advertise !== undefined) {
    const { password } = brokerUrl('advertise', advertise);
    if (password !== undefined && input.text('advertise') !== undefined)
      throw new UsageError(
        '--advertise: a password on the command line can be read by every user; put the URL into PERCH_ADVERTISE',
      );
  }
  const http = readHttp(input);
  const patches = readPatches(input.text('patches'));
  const kilobytes = countOption('update-rate', input.text('update-rate'), 1_000_000);
  try {
    checkPrefix(prefix);
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^BAD_ALIAS: /, ''));
  }
  return {
    dataDir: input.dataDir,
    listen: readListen('listen', input.text('listen') ?? DEFAULT_LISTEN, DEFAULT_LISTEN),
    prefix,
    ...(broker === undefined ? {} : { broker }),
    ...(advertise === undefined ? {} : { advertise }),
    ...(http === undefined ? {} : { http }),
    ...(patches === undefined ? {} : { patches }),
    ...(kilobytes === undefined ? {} : { updateRate: 1000 * kilobytes }),
    fastObjects: input.flag('fast-objects'),
  };
}

/** Releases before a new one that are kept, so that patches can be made on them. */
const MOST_PATCHES = RELEASES_KEPT - 1;

function readPatches(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const patches = Number(text);
  if (/^[0-9]{1,2}$/.test(text) && patches <= MOST_PATCHES) return patches;
  throw new UsageError(
    `--patches takes a whole number from 0 to ${MOST_PATCHES}, not ${JSON.stringify(text)}`,
  );
}

const LEVELS = { info: 'gray', warn: 'yellow', error: 'red' } as const;

function log(entry: LogEntry, json: boolean): void {
  const text = printable(entry.text);
  const level = styleText(LEVELS[entry.level], entry.level, { stream: process.stderr });
  const line = json
    ? JSON.stringify({ time: Date.now(), level: entry.level, text })
    : `${timeText(Date.now())} ${level} ${text}`;
  process.stderr.write(`${line}\n`);
}

function onRecords(json: boolean): NonNullable<ServeOptions['onRecords']> {
  return (rows) => {
    for (const row of rows)
      console.log(
        json ? JSON.stringify(row) : `${printable(row.alias)}  ${recordTime(row)}  ${valuesText(row)}`,
      );
  };
}

const linkText = (url: string): string =>
  `\nThe page of this server. This link logs you in; it works once, within an hour:\n\n  ${url}\n\nAnother one: perch-server login\n\n`;

/** Resolves with the exit code once the process is told to end and the server is closed. A second SIGINT ends at once. */
function untilTold(running: Promise<RunningServer>, write: (entry: LogEntry) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const end = async (): Promise<void> => {
      const timer = setTimeout(() => {
        write({ level: 'error', text: `not closed after ${CLOSE_TIMEOUT_MS / 1000} s; ending anyway` });
        process.exit(1);
      }, CLOSE_TIMEOUT_MS);
      await (await running).close();
      clearTimeout(timer);
      resolve(0);
    };
    onToldToEnd(() => {
      write({ level: 'info', text: 'ending; once more ends at once' });
      end().catch(reject);
    });
    running.catch(reject);
  });
}

const serve: CliCommand = {
  here: true,
  words: 'serve',
  positionals: [],
  summary: 'Run the server',
  help: `
Without --broker it runs a broker of its own, which boards on this machine reach at ${DEFAULT_LISTEN}; for boards elsewhere
let it listen on an address that they reach. Ctrl-C ends it.

Examples:
  perch-server serve
  perch-server serve --listen 0.0.0.0:1883 --advertise mqtt://perch.example.org
  perch-server serve --broker mqtts://broker.example.org --ca ca.pem --username perch --password-file password`,
  options: {
    broker: {
      type: 'string',
      value: 'URL',
      help: 'use this MQTT broker: mqtt://host[:port] or mqtts://host[:port]',
    },
    ca: { type: 'string', value: 'FILE', help: "certificate authority of the broker's certificate (PEM)" },
    username: { type: 'string', value: 'NAME', help: 'name at the broker' },
    'password-file': {
      type: 'string',
      value: 'FILE',
      help: 'file with the password (else PERCH_BROKER_PASSWORD)',
    },
    listen: {
      type: 'string',
      value: 'HOST:PORT',
      help: `where the embedded broker listens (${DEFAULT_LISTEN})`,
    },
    advertise: {
      type: 'string',
      value: 'URL',
      help: 'the broker as boards reach it, for tokens (else PERCH_ADVERTISE)',
    },
    http: {
      type: 'string',
      value: 'HOST:PORT',
      help: `where the page and the HTTP API are (${DEFAULT_HTTP})`,
    },
    'no-http': { type: 'boolean', help: 'no page and no HTTP API' },
    'tls-cert': { type: 'string', value: 'FILE', help: 'certificate for the page (PEM, with its chain)' },
    'tls-key': { type: 'string', value: 'FILE', help: 'its private key (PEM)' },
    'public-url': {
      type: 'string',
      value: 'URL',
      help: 'the address of the page as people reach it, where a proxy stands before it',
    },
    'trust-proxy': { type: 'boolean', help: 'believe the X-Forwarded-For of a proxy on this machine' },
    prefix: { type: 'string', value: 'TOPIC', help: `first words of the topics (${DEFAULT_PREFIX})` },
    'update-rate': {
      type: 'string',
      value: 'N',
      help: 'kilobytes of updates a second to all boards together (5000): answers to records come behind them',
    },
    patches: {
      type: 'string',
      value: 'N',
      help: 'make patches from the last N releases, 0 to 11 (5); boards that run older ones get the full form',
    },
    'fast-objects': {
      type: 'boolean',
      help: 'make the full forms of releases in seconds, a quarter larger: to try things out',
    },
    'print-records': { type: 'boolean', help: 'print each new record on standard output' },
  },
  async run(input) {
    const options = readServeOptions(input);
    const write = (entry: LogEntry): void => log(entry, input.json);
    const start = async (): Promise<RunningServer> => {
      const { runServer } = await import('../server.ts');
      return runServer({
        ...options,
        log: write,
        onLink: (url) =>
          process.stderr.write(input.json ? `${JSON.stringify({ link: url })}\n` : linkText(url)),
        ...(input.flag('print-records') ? { onRecords: onRecords(input.json) } : {}),
      });
    };
    return untilTold(start(), write);
  },
};

const status: CliCommand = {
  words: 'status',
  positionals: [],
  summary: 'Show how the running server is',
  help: `
Exit code 1 when no server runs with this data folder.

Example:
  perch-server status`,
  options: {},
  async run(input) {
    const result = await perform(input.place, 'status', {});
    if (input.json) return printJson(result);
    const { version, pid, started, broker, embedded, connected, sessions, records, dropped } = result;
    console.log(`Perch ${version}, process ${pid}, since ${timeText(started)}`);
    console.log(
      `Broker ${printable(broker)}${embedded ? ' (embedded)' : ''}: ${connected ? 'connected' : 'not connected'}`,
    );
    console.log(`${sessions} boards with a session, ${records} records since the start`);
    const { making, percent, waiting } = result.objects;
    if (making !== null)
      console.log(
        `Making ${printable(making)}: ${percent} %${waiting > 0 ? `, and ${waiting} more after it` : ''}`,
      );
    if (dropped > 0)
      console.log(`${dropped} messages came too fast and were dropped; boards send them again`);
    const counters = Object.entries(result.counters).map(([name, count]) => [printable(name), String(count)]);
    if (counters.length > 0) console.log(table(['MESSAGES', 'COUNT'], counters));
    return 0;
  },
};

export const SERVE_COMMANDS: CliCommand[] = [serve, status];
