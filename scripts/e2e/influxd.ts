import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../test/programs.ts';
import { freePort, Process, until } from './processes.ts';

/** An InfluxDB 1 of this test alone, with a database and a user. */
export class Influxd {
  readonly #folder = mkdtempSync(join(tmpdir(), 'perch-influxd-'));
  #process: Process | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it, on the same port as before. */
  async start(): Promise<void> {
    this.#port ||= await freePort();
    const config = join(this.#folder, 'influxdb.conf');
    const folder = (name: string): string => JSON.stringify(join(this.#folder, name));
    writeFileSync(
      config,
      `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = ${folder('meta')}
[data]
  dir = ${folder('data')}
  wal-dir = ${folder('wal')}
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${this.#port}"
  auth-enabled = true
`,
    );
    this.#process = new Process('influxd', findProgram('influxd')!, ['run', '-config', config]);
    const here = async (): Promise<boolean> =>
      fetch(`${this.url}/ping`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(here, 'influxd', 30_000, () => this.#process?.output ?? '');
  }

  /** Makes the first user, who may do everything, and a database. */
  async prepare(): Promise<void> {
    await this.query(`CREATE USER perch WITH PASSWORD 'influx-secret' WITH ALL PRIVILEGES`);
    await this.query('CREATE DATABASE perch');
  }

  async stop(): Promise<void> {
    await this.#process?.end('SIGKILL');
    this.#process = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Rows of a query, a member for each column. */
  async query(q: string): Promise<Record<string, unknown>[]> {
    const answer = await fetch(`${this.url}/query?${new URLSearchParams({ db: 'perch', epoch: 'ms', q })}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('perch:influx-secret').toString('base64')}` },
    });
    type Series = { columns: string[]; values: unknown[][] };
    const { results, error } = (await answer.json()) as {
      results?: { series?: Series[]; error?: string }[];
      error?: string;
    };
    const fault = error ?? results?.[0]?.error;
    if (fault !== undefined) throw new Error(`${q}: ${fault}`);
    return (results?.[0]?.series ?? []).flatMap(({ columns, values }) =>
      values.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]]))),
    );
  }
}
