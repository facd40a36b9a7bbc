import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { BoardError } from '../flashing/board-error.ts';
import { findProgram } from '../test/programs.ts';

/** Seconds until a host that does not answer is given up. */
export const CONNECT_SECONDS = 15;
/** Seconds between two signs of life, and how many may be missed, before a connection counts as broken. */
const ALIVE_SECONDS = 15;
const ALIVE_MISSED = 4;
/** Seconds that the one login stays open between two commands. */
const PERSIST_SECONDS = 60;
/** How often, and how many milliseconds apart, the folder of the login's socket is tried to be removed. */
const REMOVE_TRIES = 10;
const REMOVE_PAUSE_MS = 50;
/** Characters of a command's output that are kept, from its end. */
export const OUTPUT_LIMIT = 256 * 1024;
/** ssh's exit code for a fault of its own (ssh(1), EXIT STATUS). */
const SSH_FAULT = 255;

export interface SshOptions {
  /** As for ssh: `host`, `user@host`, or a name in ~/.ssh/config. */
  host: string;
  /** Private key. */
  identity?: string | undefined;
  /** Another file than ~/.ssh/config. */
  config?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Remote {
  status: number;
  stdout: string;
  stderr: string;
}

/** A word as a POSIX shell reads it back. Pure. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** A command line that runs a script with these words as $1, $2, ... Pure. */
export const scriptCommand = (script: string, ...words: string[]): string =>
  ['sh', '-c', quoted(script), 'perch-install', ...words.map(quoted)].join(' ');

/** The reason in what ssh says when it cannot get in. Pure. */
export function reasonOf(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.replace(/^ssh: /, '').trim());
  const telling =
    /refused|timed out|No route|resolve hostname|Permission denied|verification failed|IDENTIFICATION|Too many auth/i;
  return (
    lines.find((line) => telling.test(line)) ?? lines.filter(Boolean).at(-1) ?? 'ssh ended without a word'
  );
}

/** Commands on a board, through the system's ssh. One login (ControlMaster) serves all; ssh itself asks for passwords. */
export class Ssh {
  readonly #options: SshOptions;
  readonly #folder: string;
  readonly #program: string;

  /** @throws BoardError MISSING_TOOL, or BAD_OPTION for a host that ssh would take as an option */
  constructor(options: SshOptions) {
    if (options.host === '' || options.host.startsWith('-'))
      throw new BoardError('BAD_OPTION', `${JSON.stringify(options.host)} is no host`);
    const program = findProgram('ssh');
    if (program === undefined)
      throw new BoardError(
        'MISSING_TOOL',
        'the program ssh is missing; install it: apt-get install openssh-client',
      );
    this.#program = program;
    this.#options = options;
    // A socket's path may have 107 bytes (unix(7)), and ssh adds to it.
    this.#folder = mkdtempSync(join(tmpdir(), 'perch-ssh-'));
  }

  #arguments(): string[] {
    const { identity, config } = this.#options;
    return [
      ...(config === undefined ? [] : ['-F', config]),
      ...(identity === undefined ? [] : ['-i', identity]),
      ...['-o', 'ControlMaster=auto', '-o', `ControlPath=${join(this.#folder, 'socket')}`],
      ...['-o', `ServerAliveInterval=${ALIVE_SECONDS}`, '-o', `ServerAliveCountMax=${ALIVE_MISSED}`],
      ...['-o', `ControlPersist=${PERSIST_SECONDS}`, '-o', `ConnectTimeout=${CONNECT_SECONDS}`, '-T'],
    ];
  }

  /**
   * Runs a command line of the board's shell. `input` goes to its standard input; `onLine` gets what it prints, line by line,
   * and ends it by returning true. `always`: also after the signal to stop, to tidy up.
   * @throws BoardError UNREACHABLE when ssh cannot get in, STOPPED
   */
  run(
    command: string,
    options: { input?: string | Readable; onLine?: (line: string) => boolean; always?: boolean } = {},
  ): Promise<Remote> {
    const { host } = this.#options;
    const { input = '', onLine, always = false } = options;
    const signal = always ? undefined : this.#options.signal;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(stopped());
      const child = spawn(this.#program, [...this.#arguments(), host, command], {
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      const end = (): void => {
        child.kill('SIGKILL');
        // The login is another process, which stays and holds the same pipes for as long as the command runs.
        child.stdout.destroy();
        child.stderr.destroy();
      };
      signal?.addEventListener('abort', end, { once: true });
      const said = { stdout: '', stderr: '' };
      let enough = false;
      const lines =
        onLine &&
        byLines((line) => {
          enough ||= onLine(line);
          if (enough) end();
        });
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        said.stdout = (said.stdout + chunk).slice(-OUTPUT_LIMIT);
        lines?.(chunk);
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        said.stderr = (said.stderr + chunk).slice(-OUTPUT_LIMIT);
      });
      feed(child, input);
      child.on('error', reject);
      child.on('close', (code) => {
        signal?.removeEventListener('abort', end);
        if (signal?.aborted) reject(stopped());
        else if (code === SSH_FAULT && !enough)
          reject(
            new BoardError(
              'UNREACHABLE',
              `${host} cannot be reached by ssh, or the connection broke: ${reasonOf(said.stderr)}`,
            ),
          );
        else resolve({ status: enough ? 0 : (code ?? SSH_FAULT), ...said });
      });
    });
  }

  /** Ends the login. */
  async close(): Promise<void> {
    await new Promise<void>((done) => {
      const child = spawn(this.#program, [...this.#arguments(), '-O', 'exit', this.#options.host], {
        stdio: 'ignore',
      });
      child.on('error', () => done()).on('close', () => done());
    });
    // The login removes its socket while it ends; a folder that is emptied by two at once may stay.
    for (let tries = 0; tries < REMOVE_TRIES && existsSync(this.#folder); tries += 1) {
      if (tries > 0) await setTimeout(REMOVE_PAUSE_MS);
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

const stopped = (): BoardError =>
  new BoardError('STOPPED', 'stopped; what was done on the board so far stays');

function feed(child: ChildProcess, input: string | Readable): void {
  const stdin = child.stdin;
  stdin?.on('error', () => {}); // the command ended early; its status says so
  if (typeof input === 'string') stdin?.end(input);
  else if (stdin) input.on('error', () => child.kill('SIGTERM')).pipe(stdin);
}

/** Longest line that is handed on; what is longer comes in pieces. */
const LINE_LIMIT = 64 * 1024;

function byLines(take: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(-LINE_LIMIT);
    for (const line of lines) take(line);
  };
}
