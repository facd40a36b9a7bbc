import type { LeafRun } from '@perch/broker-bridge/update/patch/header.ts';
import { LEAF, leafAt, SegmentHasher } from '@perch/broker-bridge/update/segment-index.ts';

function leavesOf(file: Buffer): Buffer {
  const hasher = new SegmentHasher();
  hasher.update(file);
  return hasher.digest().leaves;
}

/** The leaves of `target` that `base` does not have at the same place; all of them without a base. */
export function leafRuns(base: Buffer | undefined, target: Buffer): LeafRun[] {
  const leaves = leavesOf(target);
  const old = base === undefined ? Buffer.alloc(0) : leavesOf(base);
  const runs: LeafRun[] = [];
  const count = leaves.length / LEAF;
  for (let first = 0; first < count; ) {
    let end = first;
    while (end < count && !old.subarray(end * LEAF, (end + 1) * LEAF).equals(leafAt(leaves, end))) end += 1;
    if (end > first) runs.push({ first, leaves: leaves.subarray(first * LEAF, end * LEAF) });
    first = end + 1;
  }
  return runs;
}
