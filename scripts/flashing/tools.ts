import { spawn } from 'node:child_process';
import { findProgram } from '../test/programs.ts';
import { BoardError } from './board-error.ts';

/** Programs that flashing runs, and the Debian package of each. */
const PACKAGES = {
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  mcopy: 'mtools',
  mdir: 'mtools',
  xz: 'xz-utils',
} as const;
export type Tool = keyof typeof PACKAGES;

/** Bytes of a tool's output that are kept; a dpkg status file of a desktop has 5 MB. */
export const TOOL_OUTPUT_LIMIT = 64 * 1024 * 1024;

/** Path of a tool. @throws BoardError MISSING_TOOL with the package to install */
export function toolPath(tool: Tool): string {
  const path = findProgram(tool);
  if (path === undefined)
    throw new BoardError(
      'MISSING_TOOL',
      `the program ${tool} is missing; install it: apt-get install ${PACKAGES[tool]}`,
    );
  return path;
}

export interface ToolResult {
  status: number | null;
  stdout: Buffer;
  stderr: string;
}

export interface ToolOptions {
  cwd?: string;
  input?: string;
  signal?: AbortSignal | undefined;
  /** Takes standard output as it comes; the result has none of it then. */
  sink?: (chunk: Buffer) => void;
}

/**
 * Runs a tool without a shell, in English. A status other than 0 is a result, not an error.
 * @throws BoardError MISSING_TOOL, STOPPED, or TOOL_FAILED when it writes over TOOL_OUTPUT_LIMIT
 */
export function runTool(tool: Tool, args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  const path = toolPath(tool);
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      // MTOOLS_SKIP_CHECK: mtools refuses a FAT whose media byte or sector count some other tool wrote its own way.
      env: { ...process.env, LC_ALL: 'C.UTF-8', MTOOLS_SKIP_CHECK: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGKILL' as const }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let length = 0;
    let tooMuch = false;
    const keep = (list: Buffer[]) => (chunk: Buffer) => {
      length += chunk.length;
      tooMuch ||= length > TOOL_OUTPUT_LIMIT;
      if (tooMuch) child.kill('SIGKILL');
      else list.push(chunk);
    };
    child.stdout.on('data', options.sink ?? keep(out));
    child.stderr.on('data', keep(err));
    child.stdin.on('error', () => {}); // it ended early; its status says so
    child.stdin.end(options.input ?? '');
    let failure: Error | undefined;
    child.on('error', (error) => {
      failure = options.signal?.aborted ? new BoardError('STOPPED', 'stopped; nothing was written') : error;
    });
    child.on('close', (status) => {
      if (tooMuch)
        failure = new BoardError('TOOL_FAILED', `${tool} wrote more than ${TOOL_OUTPUT_LIMIT} bytes`);
      if (failure !== undefined) reject(failure);
      else resolve({ status, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() });
    });
  });
}
