import { writeFileSync } from 'node:fs';
import { load } from './loaded.ts';
import type { ChildRequest } from './make.ts';
import { makeDelta } from './make-delta.ts';
import { makeFull } from './make-full.ts';

/** Makes a patch or a full form in this process, which can do nothing else meanwhile. `progress` is told which part is done. */
export async function makeHere(
  { base, target, out, fast = false }: ChildRequest,
  progress: (part: number) => void,
): Promise<void> {
  if (base === undefined) await makeFull(target, out, fast, progress);
  else writeFileSync(out, makeDelta(load(base), load(target), progress), { mode: 0o600 });
}
