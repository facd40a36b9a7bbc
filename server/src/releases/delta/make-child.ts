// The process that makes one patch or full form for make.ts, away from the server's event loop.
import { writeFileSync } from 'node:fs';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import { load } from './loaded.ts';
import type { ChildReply, ChildRequest } from './make.ts';
import { makeDelta } from './make-delta.ts';
import { makeFull } from './make-full.ts';

const PROGRESS_MS = 200;

const reply = (message: ChildReply): void => void process.send?.(message);

async function make({ base, target, out, fast = false }: ChildRequest): Promise<void> {
  let told = 0;
  const progress = (part: number): void => {
    if (performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    reply({ part });
  };
  if (base === undefined) await makeFull(target, out, fast, progress);
  else writeFileSync(out, makeDelta(load(base), load(target), progress), { mode: 0o600 });
}

process.once('disconnect', () => process.exit(1)); // nobody waits for it any more
process.once('message', (request) => {
  make(request as ChildRequest)
    .then(() => reply({ done: true }))
    .catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      if (error instanceof PerchError)
        reply({ code: error.code, detail: message.slice(error.code.length + 2) });
      else reply({ code: 'DISK', detail: code === 'ENOSPC' ? 'the disk is full; free some space' : message });
    })
    .finally(() => process.disconnect());
});
