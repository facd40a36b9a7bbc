import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readToken, writeToken } from '@perch/broker-bridge/enrolment.ts';
import { e2eExecutable } from '../build/e2e-executables.ts';
import { ROOT } from '../build/paths.ts';
import type { BuildPlatform } from '../build/targets.ts';
import { Ledger } from './ledger.ts';
import { freePort, Process, until, Wire } from './processes.ts';

export interface StoredRecord {
  alias: string;
  stream: string;
  number: number;
  timestamp: number;
  synchronised: boolean;
  per: number;
  configVersion: number;
  version: string;
  values: Record<string, unknown>;
  errors: Record<string, string>;
}

export interface DeviceRow {
  alias: string;
  fingerprint: string;
  status: string;
  version: string;
  platform: string;
  configVersion: number;
  refused?: { version: number; text: string };
  update?: { sequence: number; state: string; error?: string; progress?: number };
}

/** A broker of a test: its own process or inside the server. */
export interface Broker {
  name: string;
  port: number;
  /** Options of `perch-server serve`. */
  serve: string[];
  env: NodeJS.ProcessEnv;
  /** The broker's URL for boards; `port` is that of the wire in front of it. */
  url(port: number): string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A whole house in a temp folder: broker, server and boards as processes of their own. */
export class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'perch-e2e-'));
  readonly broker: Broker;
  readonly #undo: (() => Promise<unknown>)[] = [];
  #tokens = 0;
  server!: Process;
  wire!: Wire;
  /** Port of the page and the API; set before the house is opened. */
  page: number | undefined;
  /** Further options of `serve` about the page. */
  serve: string[] = [];

  constructor(broker: Broker) {
    this.broker = broker;
  }

  get data(): string {
    return join(this.folder, 'server');
  }

  async open(): Promise<void> {
    await this.broker.start();
    this.wire = await Wire.to(this.broker.port);
    await this.startServer();
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
    await this.server?.end();
    await this.wire?.close();
    await this.broker.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** URL of the page. */
  get url(): string {
    return `http://127.0.0.1:${this.page}`;
  }

  /** A token of the API. */
  async token(scope: 'read' | 'operate' | 'admin'): Promise<string> {
    const name = `${scope}-${this.#tokens++}`;
    return (await this.json<{ token: string }>('token', 'add', name, '--scope', scope)).token;
  }

  /** Runs a command of perch-server against the API, from a folder that knows nothing of the server. */
  async remote(token: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
    const command = new Process(
      'perch-server --server',
      process.execPath,
      [join(ROOT, 'server/src/main.ts'), ...args, '--server', this.url],
      { PERCH_TOKEN: token },
    );
    const code = await command.ended();
    return { code, output: command.output };
  }

  async startServer(): Promise<void> {
    this.server = new Process(
      'server',
      process.execPath,
      [
        join(ROOT, 'server/src/main.ts'),
        'serve',
        '--data',
        this.data,
        '--json',
        '--print-records',
        '--fast-objects',
        ...(this.page === undefined ? ['--no-http'] : ['--http', `127.0.0.1:${this.page}`, ...this.serve]),
        ...this.broker.serve,
      ],
      { PERCH_ADVERTISE: this.broker.url(this.wire.port), ...this.broker.env },
    );
    await this.server.says('connected to the broker');
  }

  /** Runs a command of perch-server. */
  async command(...args: string[]): Promise<{ code: number | null; output: string }> {
    const command = new Process('perch-server', process.execPath, [
      join(ROOT, 'server/src/main.ts'),
      ...args,
      '--data',
      this.data,
    ]);
    const code = await command.ended();
    return { code, output: command.output };
  }

  async json<T>(...args: string[]): Promise<T> {
    const { code, output } = await this.command(...args, '--json');
    if (code !== 0) throw new Error(`perch-server ${args.join(' ')} ended with ${code}: ${output}`);
    return JSON.parse(output) as T;
  }

  async device(alias: string): Promise<DeviceRow | undefined> {
    const { devices } = await this.json<{ devices: DeviceRow[] }>('devices');
    return devices.find((row) => row.alias === alias);
  }

  /** Records of a board, oldest first. */
  async records(alias: string): Promise<StoredRecord[]> {
    const { records } = await this.json<{ records: StoredRecord[] }>('records', alias, '--limit', '1000');
    return records.sort((a, b) => a.timestamp - b.timestamp || a.number - b.number);
  }

  async untilRecord(
    alias: string,
    fits: (record: StoredRecord) => boolean,
    what: string,
  ): Promise<StoredRecord> {
    let found: StoredRecord | undefined;
    await until(
      async () => {
        found = (await this.records(alias)).find(fits);
        return found !== undefined;
      },
      what,
      120_000,
      () => this.server.output,
    );
    return found!;
  }

  /** Waits for a record that was taken after now. */
  untilFresh(alias: string, what: string): Promise<StoredRecord> {
    const since = Date.now();
    return this.untilRecord(alias, (record) => record.timestamp > since, what);
  }

  /** Publishes the executable of a version. */
  async publish(platform: BuildPlatform, version: string): Promise<void> {
    const file = await e2eExecutable(platform, version);
    const args = ['--platform', platform, '--version', version, file];
    const { code, output } = await this.command('release', 'publish', ...args);
    if (code !== 0) throw new Error(`publish ended with ${code}: ${output}`);
  }

  async rounds(): Promise<Record<string, number>> {
    return (await this.json<{ counters: Record<string, number> }>('status')).counters;
  }

  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** A board with its own state folder, not enrolled yet. */
  board(alias: string, platform: BuildPlatform = 'linux-x64', version = '0.1.0'): Board {
    const board = new Board(this, alias, platform, version);
    this.#undo.push(() => board.stop());
    return board;
  }
}

/** A house with one board that reports by this config. It goes with the test. */
export async function houseWithBoard(
  t: { after(fn: () => Promise<void>): void },
  broker: Broker,
  config: string,
): Promise<{ house: House; board: Board }> {
  const house = new House(broker);
  t.after(() => house.close());
  await house.open();
  const board = house.board('pi-1');
  const set = await house.command('config', 'set', board.alias, house.file('config.json', config));
  if (set.code !== 0) throw new Error(set.output);
  await board.enrol();
  await board.start();
  await house.untilRecord(board.alias, () => true, 'the first record');
  return { house, board };
}

/** The words in front of an executable of another processor. */
const RUNNERS: Record<BuildPlatform, string> =
  process.arch === 'x64'
    ? { 'linux-x64': '', 'linux-arm64': 'qemu-aarch64-static -L /usr/aarch64-linux-gnu' }
    : { 'linux-x64': 'qemu-x86_64-static -L /usr/x86_64-linux-gnu', 'linux-arm64': '' };

/** The real executable under the real launcher. */
export class Board {
  readonly state: string;
  readonly alias: string;
  readonly #house: House;
  readonly #platform: BuildPlatform;
  readonly #version: string;
  #process: Process | undefined;
  /** What was taken, as the board prints it. */
  readonly ledger = new Ledger();

  constructor(house: House, alias: string, platform: BuildPlatform, version: string) {
    this.#house = house;
    this.alias = alias;
    this.#platform = platform;
    this.#version = version;
    this.state = join(house.folder, alias);
  }

  get output(): string {
    return this.#process?.output ?? '';
  }

  get pid(): number {
    return this.#process!.child.pid!;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Runs a command of the executable. */
  async command(args: string[], input?: string): Promise<{ code: number | null; output: string }> {
    const executable = await e2eExecutable(this.#platform, this.#version);
    const [program, ...words] = [...RUNNERS[this.#platform].split(' ').filter(Boolean), executable, ...args];
    const command = new Process(
      `${this.alias} ${args[0]}`,
      program!,
      words,
      { PERCH_STATE: this.state },
      input,
    );
    const code = await command.ended();
    return { code, output: command.output };
  }

  /** `via`: port that the board finds the broker at, when not the house's wire. */
  async enrol({ secret = true, via }: { secret?: boolean; via?: number } = {}): Promise<void> {
    const { token } = await this.#house.json<{ token: string }>(
      'enroll',
      this.alias,
      ...(secret ? [] : ['--no-secret']),
    );
    const own =
      via === undefined ? token : writeToken({ ...readToken(token), broker: this.#house.broker.url(via) });
    const { code, output } = await this.command(['enroll', '-'], own);
    if (code !== 0) throw new Error(`enroll ended with ${code}: ${output}`);
  }

  /** Folder of the journal in RAM; to remove it is to take the board's power. */
  get ram(): string {
    return join(this.#house.folder, `${this.alias}-ram`);
  }

  /** With `records` the ledger notes what is taken. Without `launcher` an agent that ends is not started again. */
  async start(env: NodeJS.ProcessEnv = {}, { records = false, launcher = true } = {}): Promise<void> {
    const executable = await e2eExecutable(this.#platform, this.#version);
    const runner = RUNNERS[this.#platform].split(' ').filter(Boolean);
    const front = launcher ? [join(ROOT, 'agent/launcher/perch-launcher')] : runner;
    const [program, ...words] = [...front, executable, 'run', ...(records ? ['--print-records'] : [])];
    this.#process = new Process(this.alias, program!, words, {
      PERCH_STATE: this.state,
      PERCH_RAM_DIR: this.ram,
      PERCH_RUNNER: RUNNERS[this.#platform],
      ...env,
    });
    if (records) this.ledger.follow(this.#process.child.stdout!);
  }

  says(text: string | RegExp, timeoutMs = 120_000): Promise<void> {
    return this.#process!.says(text, timeoutMs);
  }

  async status(): Promise<Record<string, unknown>> {
    const { output } = await this.command(['status', '--json']);
    return JSON.parse(output) as Record<string, unknown>;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const code = (await this.#process?.end(signal)) ?? null;
    this.#process = undefined;
    return code;
  }
}

/** The broker inside the server. */
export async function embeddedBroker(): Promise<Broker> {
  const port = await freePort();
  return {
    name: 'embedded aedes',
    port,
    serve: ['--listen', `127.0.0.1:${port}`],
    env: {},
    url: (wire) => `mqtt://127.0.0.1:${wire}`,
    start: async () => {},
    stop: async () => {},
  };
}
