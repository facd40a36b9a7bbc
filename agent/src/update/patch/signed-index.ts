import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import type { Header } from '@perch/broker-bridge/update/patch/header.ts';
import { indexHash, LEAF, leafOf, SEGMENT, segmentCount } from '@perch/broker-bridge/update/segment-index.ts';
import type { WindowedFile } from './windowed-file.ts';

/**
 * The index of the executable: the leaves in the patch, and the base's own for the others. Yields after each segment that was
 * hashed. @throws PerchError WRONG_HASH when it is not the signed one
 */
export function* signedIndex(
  { length, runs }: Header,
  base: WindowedFile | undefined,
  signed: string,
): Generator<void, Buffer> {
  const index = Buffer.alloc(segmentCount(length) * LEAF);
  const segment = Buffer.alloc(base === undefined ? 0 : SEGMENT);
  let at = 0;
  for (const run of [...runs, { first: segmentCount(length), leaves: new Uint8Array(0) }]) {
    for (; at < run.first; at++) {
      // The last segment of the base may be a shorter one, and none may be there at all: then the index does not fit.
      const bytes = segment.subarray(0, Math.max(0, Math.min(SEGMENT, (base?.length ?? 0) - at * SEGMENT)));
      base?.read(at * SEGMENT, bytes);
      leafOf(bytes).copy(index, at * LEAF);
      yield;
    }
    index.set(run.leaves, at * LEAF);
    at += run.leaves.length / LEAF;
  }
  if (indexHash(index) !== signed)
    throw new PerchError(
      'WRONG_HASH',
      'the index of the patch is not the signed one; the patch is for another base or release, or the base is damaged',
    );
  return index;
}
