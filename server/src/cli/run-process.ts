import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

export const mainPath = fileURLToPath(new URL('../main.ts', import.meta.url));
/** A command that takes longer is ended and fails its test. */
const TIMEOUT_MS = 30_000;

/** Runs perch-server as a process of its own, without a terminal and without this process's environment. */
export async function perchServer(
  args: string[],
  options: { input?: string; env?: NodeJS.ProcessEnv; cwd: string },
): Promise<Ran> {
  const child = spawn(process.execPath, [mainPath, ...args], {
    ...{ cwd: options.cwd, env: { PATH: process.env.PATH, ...options.env }, timeout: TIMEOUT_MS },
    stdio: 'pipe',
  });
  const ran: Ran = { code: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ran.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ran.err += text;
  });
  child.stdin.on('error', () => undefined); // a command that reads nothing may be gone before
  child.stdin.end(options.input ?? '');
  [ran.code] = (await once(child, 'close')) as [number | null];
  return ran;
}
