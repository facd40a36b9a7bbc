import { spawn } from 'node:child_process';

export type CommandOptions = {
  /** Milliseconds before the command is ended with SIGKILL. */
  timeout: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
};
export type CommandResult = { status: number | null; output: string; timedOut: boolean; missing: boolean };

/** Characters of output kept; the end matters most in a failure. */
const OUTPUT_LIMIT = 64 * 1024;

/** Runs a program without a shell and keeps the end of what it wrote (stdout and stderr together). Never throws. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let timedOut = false;
    let missing = false;
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_LIMIT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeout);
    child.on('error', (error: NodeJS.ErrnoException) => {
      missing = error.code === 'ENOENT';
      output += error.message;
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, output, timedOut, missing });
    });
  });
}

/** The last lines of a command's output, for an error message. */
export const lastLines = (output: string, count = 12): string =>
  output.trimEnd().split('\n').slice(-count).join('\n');
