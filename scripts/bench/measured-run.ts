import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const SAMPLE_MS = 10;

export interface MeasuredRun {
  seconds: number;
  /** Most memory that was resident, MB. */
  memory: number;
  stdout: string;
}

/** Runs a program to its end and watches its memory. Rejects when it fails. */
export function measuredRun(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<MeasuredRun> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
    let memory = 0;
    const timer = setInterval(() => {
      try {
        // proc(5): the peak of the resident set
        const [, kilobytes] =
          /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
        memory = Math.max(memory, Number(kilobytes ?? 0) / 1024);
      } catch {
        // It has just ended.
      }
    }, SAMPLE_MS);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-2000);
    });
    child.once('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    child.once('close', (status) => {
      clearInterval(timer);
      const seconds = (performance.now() - started) / 1000;
      if (status === 0) resolve({ seconds, memory, stdout });
      else reject(new Error(`${program} ${args[0]} failed (${status}): ${stderr}`));
    });
  });
}
