import { encodeHeader, FILTER } from '@perch/broker-bridge/update/patch/header.ts';
import { alignExecutables } from './align.ts';
import { elfLayout } from './elf-layout.ts';
import { encodeDelta } from './encode-delta.ts';
import { leafRuns } from './leaf-runs.ts';
import type { Loaded } from './loaded.ts';
import { planOperations } from './plan-operations.ts';

/** A patch of fewer bytes is also tried without layouts, which can be longer than what they save. */
const SMALL = 64 * 1024;

/** The patch that makes `target` from `base`. Both are changed on the way, and as on disk in the end. */
export function makeDelta(base: Loaded, target: Loaded, progress: (part: number) => void): Buffer {
  const baseLayout = elfLayout(base.bytes);
  const targetLayout = elfLayout(target.bytes);
  const alignments = alignExecutables(base, target, baseLayout, targetLayout, (part) => progress(part * 0.6));
  const operations = planOperations(base.bytes, target.bytes, alignments);
  const layouts = { base: baseLayout, newLoads: targetLayout.loads };
  let body = encodeDelta(base.bytes, target.bytes, operations, layouts, (part) => progress(0.6 + 0.4 * part));
  if (body.length < SMALL) {
    const plain = encodeDelta(base.bytes, target.bytes, operations, undefined, () => {});
    if (plain.length <= body.length) body = plain;
  }
  const header = encodeHeader({
    length: target.bytes.length,
    base: base.bytes.length,
    runs: leafRuns(base.bytes, target.bytes),
    filter: { kind: FILTER.none, start: 0, end: 0 },
  });
  return Buffer.concat([header, body]);
}
