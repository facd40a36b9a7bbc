import type { BitCoder } from './arithmetic-coder.ts';
import { malformed } from './header.ts';
import type { Alignment } from './layout.ts';
import { EVEN, learn, NumberModel, unzigzag, zigzag } from './numbers.ts';

/** How the bytes of an operation follow from those of the base. */
export const MODE = {
  /** They are equal. */
  copy: 0,
  /** References are rewritten and some bytes corrected. */
  correct: 1,
} as const;
export type Mode = (typeof MODE)[keyof typeof MODE];

export interface Operation extends Alignment {
  mode: Mode;
}

/** Distances to the base that are remembered: code comes back to one of the last few after a detour. */
const RECENT = 4;
/** Operations between two chances for others to go on. */
const TURN = 128;
const NOTHING: Operation = { to: 0, from: 0, length: 0, mode: MODE.copy };

/** Most operations of a patch. */
export const OPERATION_LIMIT = 65_536;

/**
 * Codes the operations of a patch, which ascend in the output. What lies between them is coded byte by byte. A writer gives
 * them; a reader gives undefined. `sizes` are those of the output and of the base. Yields now and then. @throws PerchError MALFORMED
 */
export function* codeOperations(
  coder: BitCoder,
  given: readonly Operation[] | undefined,
  sizes: { length: number; base: number },
): Generator<void, readonly Operation[]> {
  const operations: Operation[] = [];
  const counts = new NumberModel();
  const gaps = new NumberModel();
  const lengths = new NumberModel(2);
  const distances = new NumberModel();
  const modes = new Uint16Array(2).fill(EVEN);
  const returns = new Uint16Array((RECENT + 1) * RECENT).fill(EVEN);
  const count = counts.code(coder, given?.length ?? 0);
  if (count > OPERATION_LIMIT) throw malformed(`${count} operations; at most ${OPERATION_LIMIT} are taken`);
  const recent: number[] = new Array(RECENT).fill(0);
  let end = 0;
  let before: Mode = MODE.copy;
  let back = 0;
  for (let i = 0; i < count; i++) {
    const wanted = given?.[i] ?? NOTHING;
    const mode: Mode = learn(coder, modes, before, wanted.mode) === 1 ? MODE.correct : MODE.copy;
    before = mode;
    const to = end + gaps.code(coder, wanted.to - end);
    const length = lengths.code(coder, wanted.length, mode);
    // Which of the recent distances, or another one.
    const distance = wanted.from - wanted.to;
    const place = recent.indexOf(distance);
    let index = 0;
    while (index < RECENT && learn(coder, returns, back * RECENT + index, place === index ? 1 : 0) === 0)
      index += 1;
    back = index;
    const found =
      recent[index] ?? recent[0]! + unzigzag(distances.code(coder, zigzag(distance - recent[0]!)));
    recent.splice(Math.min(index, RECENT - 1), 1);
    recent.unshift(found);
    const from = to + found;
    if (length === 0 || to + length > sizes.length || from < 0 || from + length > sizes.base)
      throw malformed('an operation is outside of the base or of the executable');
    operations.push({ to, from, length, mode });
    end = to + length;
    if (i % TURN === TURN - 1) yield;
  }
  return operations;
}
