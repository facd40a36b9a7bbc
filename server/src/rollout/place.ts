import { createHash } from 'node:crypto';

const BYTES = 6;

/**
 * Where a board stands in the order of a rollout, in [0, 1): the same for ever, and another order for each rollout, so
 * that it is not always the same boards which are tried first.
 */
export function placeOf(rollout: number, alias: string): number {
  return createHash('sha256').update(`${rollout}/${alias}`).digest().readUIntBE(0, BYTES) / 2 ** (8 * BYTES);
}

/**
 * The place up to which a share of the boards stands: at least one board, as a first wave that is empty would prove
 * nothing. `places` are those of the boards that are there; undefined when there are none.
 */
export function cutFor(percent: number, places: readonly number[]): number | undefined {
  if (places.length === 0) return undefined;
  if (percent >= 100) return 1;
  const count = Math.max(1, Math.ceil((percent / 100) * places.length));
  return Float64Array.from(places).sort()[count - 1];
}
