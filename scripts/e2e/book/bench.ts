import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../../build/paths.ts';
import { findProgram } from '../../test/programs.ts';
import { Process } from '../processes.ts';

/** How long a block of the book may take, in ms. */
const BLOCK_MS = 60_000;
/** Addresses and names of the book, beside localhost. */
const ADDRESSES = ['192.168.1.10'];
const NAMES = ['perch.example.org', 'broker.example.org', 'hooks.example.org'];

export interface Ran {
  code: number | null;
  /** Standard output. */
  told: string;
  /** Standard output and error as they came. */
  output: string;
}

const MAIN = join(ROOT, 'server/src/main.ts');

/**
 * What stands on PATH in the place of programs that run for ever, or would take this very machine. `serve` goes on in the
 * background once it is connected, one at a time, as a page that says `serve` twice means one server.
 */
const programs = (folder: string): Record<string, string> => ({
  'perch-server': `
if [ "\${1-}" != serve ]; then exec '${process.execPath}' '${MAIN}' "$@"; fi
cd '${folder}'
if [ -f serve.pid ]; then
  kill "$(cat serve.pid)" && while kill -0 "$(cat serve.pid)" 2>/dev/null; do sleep 0.05; done
fi
: >serve.log
cd "$OLDPWD"
setsid '${process.execPath}' '${MAIN}' "$@" >'${folder}/serve.log' 2>&1 </dev/null &
echo $! >'${folder}/serve.pid'
until grep -q 'connected to the broker' '${folder}/serve.log'; do
  if ! kill -0 "$(cat '${folder}/serve.pid')" 2>/dev/null; then break; fi
  sleep 0.05
done
cat '${folder}/serve.log'
grep -q 'connected to the broker' '${folder}/serve.log'
`,
  'perch-agent': `PERCH_STATE='${folder}/board' exec '${process.execPath}' '${join(ROOT, 'agent/src/main.ts')}' "$@"\n`,
  sudo: 'exec "$@"\n',
  // Without an end of its own it is left after a while; what is refused is a failure.
  curl: `
case " $* " in
  *' -N '*) timeout 5 '${findProgram('curl')}' --fail-with-body -sS "$@" || [ $? = 124 ] ;;
  *) exec '${findProgram('curl')}' --fail-with-body -sS "$@" ;;
esac
`,
});

let count = 0;

/** A computer of one page's own: a folder, a network, and the programs that the book names. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'perch-book-'));
  /** Where the commands are run. */
  readonly home = join(this.folder, 'home');
  readonly env: Record<string, string> = {};
  readonly #net = `perch-book-${process.pid}-${count++}`;
  readonly #processes: Process[] = [];

  constructor() {
    mkdirSync(this.home);
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    for (const [name, text] of Object.entries(programs(this.folder)))
      this.put(join(bin, name), `#!/bin/sh\nset -eu\n${text}`, 0o755);
    // This Node comes first, as it would for who has installed what the book says.
    const path = [bin, dirname(process.execPath), process.env.PATH, '/usr/sbin', '/sbin'];
    Object.assign(this.env, { PATH: path.join(':'), HOME: this.home, LC_ALL: 'C.UTF-8' });
    mkdirSync(this.#etc, { recursive: true });
    writeFileSync(
      join(this.#etc, 'hosts'),
      ['127.0.0.1 localhost', `127.0.0.1 ${NAMES.join(' ')}`, ''].join('\n'),
    );
    ip('netns', 'add', this.#net);
    ip('-n', this.#net, 'link', 'set', 'lo', 'up');
    for (const address of ADDRESSES) ip('-n', this.#net, 'address', 'add', `${address}/32`, 'dev', 'lo');
  }

  get #etc(): string {
    return join('/etc/netns', this.#net);
  }

  /** Writes a file; a relative path is in the folder of the commands. */
  put(path: string, content: string | Uint8Array, mode = 0o644): string {
    const file = join(path.startsWith('/') ? '/' : this.home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    return file;
  }

  /** What the server said since its start. */
  get log(): string {
    const file = join(this.folder, 'serve.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** Runs a text as bash would, and ends at the first command that fails. */
  run(script: string): Promise<Ran> {
    const child = spawn(ip.program, ['netns', 'exec', this.#net, 'bash', '-euo', 'pipefail', '-c', script], {
      cwd: this.home,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: BLOCK_MS,
    });
    const ran: Ran = { code: null, told: '', output: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        ran.output += text;
        if (stream === child.stdout) ran.told += text;
      });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ ...ran, code }));
    });
  }

  /** The same, and fails with what was said. @returns standard output */
  async ok(script: string): Promise<string> {
    const { code, told, output } = await this.run(script);
    if (code !== 0)
      throw new Error(`${script}\nended with ${code}:\n${output}\nThe server said:\n${this.log}`);
    return told;
  }

  /** Runs a program beside the commands until the end. */
  start(name: string, program: string, args: string[], env: NodeJS.ProcessEnv = {}): Process {
    const words = ['netns', 'exec', this.#net, program, ...args];
    const started = new Process(name, ip.program, words, { ...this.env, ...env });
    this.#processes.push(started);
    return started;
  }

  /** A board with an agent that runs from its sources, and is let in. */
  async board(alias: string): Promise<Process> {
    const token = this.put('../board-token', await this.ok(`perch-server enroll ${alias}`), 0o600);
    await this.ok(`perch-agent enroll - <'${token}'`);
    const env = { PERCH_STATE: join(this.folder, 'board'), PERCH_RAM_DIR: join(this.folder, 'board-ram') };
    const agent = this.start(alias, process.execPath, [join(ROOT, 'agent/src/main.ts'), 'run'], env);
    await agent.says('lets this board in');
    return agent;
  }

  async close(): Promise<void> {
    try {
      await Promise.all(this.#processes.map((one) => one.end()));
      await this.run(`
        if [ -f ../serve.pid ]; then
          kill "$(cat ../serve.pid)" || exit 0
          while kill -0 "$(cat ../serve.pid)" 2>/dev/null; do sleep 0.05; done
        fi`);
    } finally {
      ip('netns', 'delete', this.#net);
      rmSync(this.#etc, { recursive: true });
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

function ip(...args: string[]): void {
  execFileSync(ip.program, args, { stdio: 'pipe' });
}
ip.program = findProgram('ip') ?? 'ip';
