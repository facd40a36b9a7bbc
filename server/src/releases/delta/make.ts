import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { type ErrorCode, PerchError } from '@perch/broker-bridge/protocol/errors.ts';

/** How long making a patch or a full form may take. Seconds and minutes are usual: firmware-notes/patch.md has figures. */
export const MAKE_TIMEOUT_MS = 30 * 60_000;
/** Nice value of the process that makes it: everything else on the machine goes first. */
const PRIORITY = 10;

export interface MakeRequest {
  /** Paths of executables. Without a base, the full form is made. */
  base: string | undefined;
  target: string;
  /** The full form in a fiftieth of the time and a quarter larger; patches do not care. */
  fast?: boolean;
  /** Path of what is made; it is not synced. A file that an error leaves there is of no use. */
  out: string;
  signal?: AbortSignal;
  /** Told how far it is, of how much. */
  progress?(done: number, total: number): void;
  /** MAKE_TIMEOUT_MS unless told. */
  timeout?: number;
}

export type ChildRequest = Pick<MakeRequest, 'base' | 'target' | 'out' | 'fast'>;
export type ChildReply = { part: number } | { done: true } | { code: ErrorCode; detail: string };

/** What `progress` counts to. */
const TOTAL = 1000;

/**
 * Makes what carries an executable to boards: a patch on `base`, or the full form. The same files give the same bytes. The work
 * is done by a process of its own with low priority, with memory of three times the larger file and 200 MB.
 * @throws PerchError TOO_LONG, MALFORMED (a file that cannot be read), DISK, BUSY when it takes too long; the signal's reason
 */
export async function makePatch(request: MakeRequest): Promise<void> {
  const { base, target, out, fast = false, signal, progress, timeout = MAKE_TIMEOUT_MS } = request;
  signal?.throwIfAborted();
  const child = fork(join(import.meta.dirname, 'make-child.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let result: ChildReply | undefined;
  let late = false;
  const stop = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, timeout);
  signal?.addEventListener('abort', stop, { once: true });
  child.on('message', (message) => {
    const answer = message as ChildReply;
    if ('part' in answer) progress?.(Math.floor(answer.part * TOTAL), TOTAL);
    else {
      result = answer;
      // It is done, and its file is whole. Left to end by itself it may never do so (make-child.ts).
      stop();
    }
  });
  try {
    const ended = once(child, 'close');
    if (child.pid !== undefined) setPriority(child.pid, PRIORITY);
    child.send({ base, target, out, fast } satisfies ChildRequest);
    await ended;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
  signal?.throwIfAborted();
  if (late)
    throw new PerchError(
      'BUSY',
      `making ${out} took longer than ${timeout / 1000} s; is the machine overloaded?`,
    );
  if (result === undefined)
    throw new PerchError('BUSY', `the process that made ${out} ended; is there enough memory?`);
  if ('code' in result) throw new PerchError(result.code, result.detail);
}
