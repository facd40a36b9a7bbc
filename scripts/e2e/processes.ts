import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest output that is kept of one process. */
const OUTPUT_LIMIT = 4 * 1024 * 1024;

const started = new Set<Process>();
process.once('exit', () => {
  for (const one of started) one.killAll();
});

/** A process with its output, which ends with the test however that ends. */
export class Process {
  readonly child: ChildProcess;
  readonly name: string;
  output = '';
  readonly #gone: Promise<number | null>;

  constructor(name: string, program: string, args: string[], env: NodeJS.ProcessEnv = {}, input?: string) {
    this.name = name;
    // A group of its own, so that SIGKILL reaches what the process started too, as a power cut would.
    this.child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (this.output.length < OUTPUT_LIMIT) this.output += text;
        if (process.env.PERCH_E2E_LOG === '1') process.stderr.write(text.replace(/^(?=.)/gm, `[${name}] `));
      });
    this.child.stdin!.on('error', () => {});
    this.child.stdin!.end(input);
    started.add(this);
    this.#gone = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.output += `${error.message}\n`;
        resolve(null);
      });
      this.child.once('close', (code) => {
        started.delete(this);
        resolve(code);
      });
    });
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  ended(): Promise<number | null> {
    return this.#gone;
  }

  async end(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 20_000): Promise<number | null> {
    if (signal === 'SIGKILL') this.killAll();
    else if (this.running) this.child.kill(signal);
    const forced = setTimeout(() => this.killAll(), timeoutMs);
    const code = await this.#gone;
    clearTimeout(forced);
    return code;
  }

  /**
   * The names of what runs in this process's group: itself and what it started. An ended process that nobody has
   * collected yet (a zombie) does not run. Source: proc(5), /proc/PID/stat.
   */
  group(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const [, name, state, group] =
            /^\d+ \((.*)\) (\S) \d+ (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
          return Number(group) === this.child.pid && state !== 'Z' ? [name!] : [];
        } catch {
          return []; // ended meanwhile
        }
      });
  }

  /** Kills the process and all that it started. */
  killAll(): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // all gone
    }
  }

  /** Waits until the output has this. @throws Error with the output when it does not come, or the process ended */
  async says(text: string | RegExp, timeoutMs = 60_000): Promise<void> {
    const has = (): boolean =>
      typeof text === 'string' ? this.output.includes(text) : text.test(this.output);
    await until(
      () => has() || !this.running,
      `${this.name} to say ${text}`,
      timeoutMs,
      () => this.output,
    );
    if (!has()) throw new Error(`${this.name} ended before it said ${text}:\n${this.output}`);
  }
}

/** Waits until a condition holds. @throws Error that names what did not come */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 60_000,
  context: () => string = () => '',
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end)
      throw new Error(`waited ${timeoutMs} ms for ${what}\n${context().slice(-4000)}`);
    await sleep(50);
  }
}

/**
 * Where free ports are looked for: below those that the kernel gives away by itself (ip(7), ip_local_port_range), to connections and
 * to whoever listens on port 0. One of these could take a port before its owner listens there.
 */
const PORTS = { least: 20_000, count: 12_000 } as const;
const PORT_TRIES = 200;
const given = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}

/** A free port on the loopback interface, which this process gets once only. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    const port = PORTS.least + Math.floor(Math.random() * PORTS.count);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`${PORT_TRIES} ports from ${PORTS.least} on are all in use`);
}

/** A wire between board and broker that a test can cut, and that counts what goes over it. */
export class Wire {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #whole = true;
  bytesToBoard = 0;
  /** Cuts the wire by itself after so many bytes to the board. */
  cutAfter = Number.POSITIVE_INFINITY;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async to(target: number): Promise<Wire> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const wire = new Wire(server, (server.address() as { port: number }).port);
    server.on('connection', (board) => wire.#join(board, target));
    return wire;
  }

  #join(board: Socket, target: number): void {
    if (!this.#whole) {
      board.destroy();
      return;
    }
    const broker = connect({ port: target, host: '127.0.0.1', noDelay: true });
    for (const [from, other] of [
      [board, broker],
      [broker, board],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        other.destroy();
      });
      from.pipe(other);
    }
    broker.on('data', (chunk: Buffer) => {
      this.bytesToBoard += chunk.length;
      if (this.bytesToBoard >= this.cutAfter) {
        this.cutAfter = Number.POSITIVE_INFINITY;
        this.cut();
      }
    });
  }

  get whole(): boolean {
    return this.#whole;
  }

  cut(): void {
    this.#whole = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#whole = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
