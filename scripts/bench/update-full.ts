import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../test/programs.ts';
import type { Watch } from './benchmark.ts';
import { measuredRun } from './measured-run.ts';
import { OURS } from './update-ours.ts';
import type { Row } from './update-scheme.ts';

/** The full form, which needs no base, beside zstd of the whole file. */
export async function fullRows(target: string, folder: string, { progress, signal }: Watch): Promise<Row[]> {
  const task = { base: '', target, patch: join(folder, 'full'), output: join(folder, 'output'), signal };
  const same = (): void => {
    if (!readFileSync(target).equals(readFileSync(task.output)))
      throw new Error('the full form made something else');
  };
  progress('full: perch');
  const made = await OURS.make(task);
  const applied = await OURS.apply(task);
  same();
  const rows: Row[] = [{ pair: 'full', scheme: OURS.name, bytes: made.bytes, made, applied }];
  if (findProgram('zstd') === undefined) return rows;
  progress('full: zstd');
  const packed = `${task.patch}.zst`;
  const packing = await measuredRun('zstd', ['-q', '-f', '-19', target, '-o', packed], signal);
  const unpacking = await measuredRun('zstd', ['-q', '-f', '-d', packed, '-o', task.output], signal);
  same();
  return [
    ...rows,
    { pair: 'full', scheme: 'zstd', bytes: statSync(packed).size, made: packing, applied: unpacking },
  ];
}
