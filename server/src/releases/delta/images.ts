import type { Layout } from '@perch/broker-bridge/update/patch/layout.ts';
import { AHEAD, CHUNK, Relocator } from '@perch/broker-bridge/update/patch/relocate.ts';

/**
 * Rewrites a whole file in place so that references do not depend on where they stand: each holds what `move` makes of the
 * address that it refers to. With addresses of one executable on both sides, what is alike becomes equal.
 */
export function normalise(file: Uint8Array, layout: Layout, move: (address: number) => number): void {
  const relocator = new Relocator(layout, layout.loads, move, true);
  for (let at = 0; at < file.length; at += CHUNK) {
    const count = Math.min(CHUNK, file.length - at);
    const known = Math.min(CHUNK + AHEAD, file.length - at);
    relocator.rewrite(file.subarray(at, at + known), count, known, at, at);
  }
}
