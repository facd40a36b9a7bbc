import { type Spread, spreadOf } from './statistics.ts';

/** Something to time. `prepare` makes what `count` runs need, outside the time. A result keeps the work from being left out. */
export interface Operation<N extends string = string> {
  name: N;
  prepare?(count: number): void;
  run(index: number): unknown;
}

/** How long one operation runs in one round, in nanoseconds, and within how many runs. */
const ROUND_NS = 2_000_000;
const RUNS = { least: 5, most: 5_000 };
/** Rounds before the counted ones, in which the operations are compiled. */
const WARM_UP_ROUNDS = 5;

let kept: unknown;

function timeOnce(operation: Operation, count: number): number {
  operation.prepare?.(count);
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index++) kept = operation.run(index);
  const spent = Number(process.hrtime.bigint() - start) / count;
  if (kept === undefined) throw new TypeError(`${operation.name} gave nothing`);
  return spent;
}

/**
 * Nanoseconds per run of each operation over several rounds. Every round runs all of them one after the other, so that
 * a machine that slows down slows them all, and their ratios stay.
 */
export function timeOperations<N extends string>(
  operations: readonly Operation<N>[],
  rounds: number,
): Record<N, Spread> {
  const counts = operations.map(() => RUNS.least);
  const times = operations.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++)
    for (const [index, operation] of operations.entries()) {
      const each = timeOnce(operation, counts[index]!);
      if (round >= 0) times[index]!.push(each);
      else counts[index] = Math.min(RUNS.most, Math.max(RUNS.least, Math.round(ROUND_NS / each)));
    }
  const spreads = operations.map(({ name }, index) => [name, spreadOf(times[index]!)] as const);
  return Object.fromEntries(spreads) as Record<N, Spread>;
}
