import { spawn } from 'node:child_process';
import { join } from 'node:path';

const CHILD = join(import.meta.dirname, 'outbox-child.ts');
/** Longest output that is kept of one, in characters: a result is one line. */
const OUTPUT_LIMIT = 64 * 1024;

/** Runs one side in a process of its own, with these words before it, and gives its result. An abort ends it. */
export function runSide<T>(
  args: readonly string[],
  signal: AbortSignal,
  words: readonly string[] = [],
): Promise<T> {
  const [program, ...rest] = [...words, process.execPath, '--expose-gc', CHILD, ...args];
  return new Promise((resolve, reject) => {
    // Its input stays open for as long as we live.
    const child = spawn(program!, rest, { stdio: ['pipe', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] = (said[name] + text).slice(0, OUTPUT_LIMIT);
      });
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    child.once('close', (code) => {
      if (code === 0) return resolve(JSON.parse(said.stdout) as T);
      reject(failure ?? new Error(`${args.slice(0, 2).join(' ')} ended with ${code}: ${said.stderr.trim()}`));
    });
  });
}
