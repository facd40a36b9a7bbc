export interface DiffLine {
  sign: '+' | '-' | ' ';
  text: string;
  /** Number of the line, in the old text of a removed one, else in the new text; from 1. */
  line: number;
}

/** Lines for which the best diff is looked for; of more, what lies between equal ends is told as exchanged. */
export const LINES_LIMIT = 3_000;

/** The length of the longest common part of what is left of each, for every place (Hunt and McIlroy's table). */
function table(a: readonly string[], b: readonly string[]): Uint16Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      rows[i]![j] = a[i] === b[j] ? rows[i + 1]![j + 1]! + 1 : Math.max(rows[i + 1]![j]!, rows[i]![j + 1]!);
  return rows;
}

function middle(a: readonly string[], b: readonly string[], skipped: number): DiffLine[] {
  const removed = (i: number): DiffLine => ({ sign: '-', text: a[i]!, line: skipped + i + 1 });
  const added = (j: number): DiffLine => ({ sign: '+', text: b[j]!, line: skipped + j + 1 });
  if (a.length > LINES_LIMIT || b.length > LINES_LIMIT)
    return [...a.map((_, i) => removed(i)), ...b.map((_, j) => added(j))];
  const rows = table(a, b);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: ' ', text: b[j]!, line: skipped + j + 1 });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && rows[i + 1]![j]! >= rows[i]![j + 1]!))
      lines.push(removed(i++));
    else lines.push(added(j++));
  }
  return lines;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** Every line of two texts: what stays, goes and comes. Pure. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail++;
  const same = (text: string, line: number): DiffLine => ({ sign: ' ', text, line });
  return [
    ...b.slice(0, head).map((text, at) => same(text, at + 1)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), head),
    ...b.slice(b.length - tail).map((text, at) => same(text, b.length - tail + at + 1)),
  ];
}

/** What is shown of a diff: changes with `around` lines about them; null where lines were left out. Pure. */
export function folded(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - around), at + around + 1).some(({ sign }) => sign !== ' '),
  );
  return lines.flatMap((line, at) => (near[at] ? [line] : near[at - 1] === false && at > 0 ? [] : [null]));
}
