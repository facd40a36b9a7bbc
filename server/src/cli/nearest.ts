/** Edits (insert, delete, replace) that turn one text into the other: Levenshtein's distance. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j += 1)
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other[j] ? 0 : 1)));
    row = next;
  }
  return row[other.length]!;
}

/** The candidate that was probably meant, or undefined when none is near. */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  const short = text.slice(0, 40);
  let best: { name: string; edits: number } | undefined;
  for (const name of candidates) {
    const edits = name.startsWith(short) && short.length > 1 ? 0.5 : distance(short, name);
    if (edits <= Math.max(1, name.length / 3) && edits < (best?.edits ?? Number.POSITIVE_INFINITY))
      best = { name, edits };
  }
  return best?.name;
}
