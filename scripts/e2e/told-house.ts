import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandArgs, CommandName, CommandResult } from '../../server/src/commands/commands.ts';
import { callLocal } from '../../server/src/local-socket/call.ts';
import { ROOT } from '../build/paths.ts';
import type { Broker } from './house.ts';
import { freePort, Process, until } from './processes.ts';

/** A server with its page as a process of its own, and agents that run from their sources. */
export class ToldHouse {
  readonly folder = mkdtempSync(join(tmpdir(), 'perch-told-'));
  readonly #broker: Broker;
  readonly #agents: Process[] = [];
  #port = 0;
  server!: Process;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get #data(): string {
    return join(this.folder, 'server');
  }

  async start(): Promise<void> {
    this.#port ||= await freePort();
    this.server = new Process(
      'server',
      process.execPath,
      [
        ...[join(ROOT, 'server/src/main.ts'), 'serve', '--data', this.#data, '--json'],
        ...['--http', `127.0.0.1:${this.#port}`, ...this.#broker.serve],
      ],
      { PERCH_ADVERTISE: this.#broker.url(this.#broker.port), ...this.#broker.env },
    );
    await this.server.says('connected to the broker');
  }

  run<N extends CommandName>(name: N, args: CommandArgs<N>): Promise<CommandResult<N>> {
    return callLocal(this.#data, name, args) as Promise<CommandResult<N>>;
  }

  /** Asks the HTTP API with a token. */
  async ask(token: string, method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Lets an agent in and starts it. */
  async board(alias: string, config: object): Promise<Process> {
    const state = join(this.folder, alias);
    const env = { PERCH_STATE: state, PERCH_RAM_DIR: `${state}-ram` };
    const main = join(ROOT, 'agent/src/main.ts');
    await this.run('configSet', { alias, text: JSON.stringify(config) });
    const { token } = await this.run('enroll', { alias });
    const enrolling = new Process(`${alias} enroll`, process.execPath, [main, 'enroll', '-'], env, token);
    if ((await enrolling.ended()) !== 0) throw new Error(enrolling.output);
    const agent = new Process(alias, process.execPath, [main, 'run'], env);
    this.#agents.push(agent);
    await until(
      async () => (await this.run('records', { alias })).records.length > 0,
      `a record of ${alias}`,
      60_000,
      () => agent.output + this.server.output,
    );
    return agent;
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) await agent.end();
    await this.server?.end();
    await this.#broker.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
