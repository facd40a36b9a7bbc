/** Which records are counted: by stream, pairs of first and last number, rising and apart. */
export type Runs = Map<string, number[]>;

/** Pairs of one stream in an hour, more than a board makes that sends a record a second and loses every other one of them. */
export const RUNS_LIMIT = 10_000;

/** Where the first pair stands that begins behind a number. Pure. */
function placeOf(pairs: readonly number[], number: number): number {
  const last = pairs.length;
  // Records mostly come in the order of their numbers.
  if (pairs[last - 2]! <= number) return last;
  let [low, high] = [0, last / 2];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (pairs[2 * middle]! > number) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}

/** Adds a number; false when it is counted already. Past RUNS_LIMIT numbers that stand alone are counted and not remembered. */
export function addNumber(runs: Runs, stream: string, number: number): boolean {
  const pairs = runs.get(stream);
  if (pairs === undefined) {
    runs.set(stream, [number, number]);
    return true;
  }
  const at = placeOf(pairs, number);
  const [before, after] = [pairs[at - 1], pairs[at]];
  if (before !== undefined && number <= before) return false;
  const [joinsBefore, joinsAfter] = [before === number - 1, after === number + 1];
  if (joinsBefore && joinsAfter) pairs.splice(at - 1, 2);
  else if (joinsBefore) pairs[at - 1] = number;
  else if (joinsAfter) pairs[at] = number;
  else if (pairs.length < 2 * RUNS_LIMIT) pairs.splice(at, 0, number, number);
  return true;
}

/** Pure. */
export const runsToJson = (runs: Runs): string => JSON.stringify(Object.fromEntries(runs));
/** Pure. */
export const runsOfJson = (text: string): Runs =>
  new Map(Object.entries(JSON.parse(text) as Record<string, number[]>));
