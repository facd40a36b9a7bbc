/** A line of a command's answer, as the server writes them (application/x-ndjson). */
type Line =
  | { progress: { done: number; total: number } }
  | { alive: true }
  | { result: unknown }
  | { error: { message: string; code?: string } };

export interface Told {
  progress: { done: number; total: number } | undefined;
  /** What the command ended with. */
  end: { result: unknown } | { error: string } | undefined;
  /** The beginning of a line whose end is still to come. */
  rest: string;
}

export const NOTHING_TOLD: Told = { progress: undefined, end: undefined, rest: '' };

/** What is known after more of an answer came. Pure. @throws SyntaxError for what is no such answer */
export function after(before: Told, chunk: string): Told {
  const lines = (before.rest + chunk).split('\n');
  const told: Told = { ...before, rest: lines.pop()! };
  for (const text of lines) {
    if (text.trim() === '') continue;
    const line = JSON.parse(text) as Line;
    if ('progress' in line) told.progress = line.progress;
    else if ('result' in line) told.end = { result: line.result };
    else if ('error' in line) told.end = { error: line.error.message };
  }
  return told;
}
