/** Exponential back-off in ms, between half and the whole of the doubled step. `random` in [0, 1) is an input, so that the decision stays pure. */
export function backoff(
  attempt: number,
  random: number,
  { least, most }: { least: number; most: number },
): number {
  const ceiling = Math.min(most, least * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
