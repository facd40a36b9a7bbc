/** Which records are counted: by stream, pairs of first and last number, rising and apart. */
export type Runs = Map<string, number[]>;

/** Adds a number; false when it is counted already. */
export function addNumber(runs: Runs, stream: string, number: number): boolean {
  const pairs = runs.get(stream);
  if (pairs === undefined) {
    runs.set(stream, [number, number]);
    return true;
  }
  // Records mostly come in the order of their numbers.
  let at = pairs.length;
  while (at > 0 && pairs[at - 2]! > number) at -= 2;
  const [before, after] = [pairs[at - 1], pairs[at]];
  if (before !== undefined && number <= before) return false;
  const [joinsBefore, joinsAfter] = [before === number - 1, after === number + 1];
  if (joinsBefore && joinsAfter) pairs.splice(at - 1, 2);
  else if (joinsBefore) pairs[at - 1] = number;
  else if (joinsAfter) pairs[at] = number;
  else pairs.splice(at, 0, number, number);
  return true;
}

/** Pure. */
export const runsToJson = (runs: Runs): string => JSON.stringify(Object.fromEntries(runs));
/** Pure. */
export const runsOfJson = (text: string): Runs =>
  new Map(Object.entries(JSON.parse(text) as Record<string, number[]>));
