// The process that makes one patch or full form for make.ts, away from the server's event loop.
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { ChildReply, ChildRequest } from './make.ts';
import { makeHere } from './make-here.ts';

const PROGRESS_MS = 200;

const reply = (message: ChildReply): void => void process.send?.(message);

function make(request: ChildRequest): Promise<void> {
  let told = Number.NEGATIVE_INFINITY;
  return makeHere(request, (part) => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    reply({ part });
  });
}

// Nobody waits for it any more. Not process.exit(): that waits for V8's compiler threads, one of which may be waiting for the
// main thread to collect garbage, and then neither ends (seen with Node 24.21).
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.once('message', (request) => {
  make(request as ChildRequest)
    .then(() => reply({ done: true }))
    .catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      if (error instanceof PerchError)
        reply({ code: error.code, detail: message.slice(error.code.length + 2) });
      else reply({ code: 'DISK', detail: code === 'ENOSPC' ? 'the disk is full; free some space' : message });
    });
});
