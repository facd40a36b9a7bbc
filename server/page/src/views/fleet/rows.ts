/** Boards of one request. */
export const PAGE = 100;
/** Pages that are kept; those farthest from what is seen go. */
export const PAGES_KEPT = 30;
/** Rows that stand ready above and below what is seen. */
export const SPARE = 8;

export interface Range {
  first: number;
  /** Not part of it. */
  end: number;
}

/** The rows to draw: those that are seen and some around. `above`: px of the list that were scrolled past. Pure. */
export function rangeOf(above: number, height: number, rowHeight: number, total: number): Range {
  const first = Math.max(0, Math.floor(above / rowHeight) - SPARE);
  const end = Math.min(total, Math.ceil((above + height) / rowHeight) + SPARE);
  return { first: Math.min(first, Math.max(0, total - 1)), end: Math.max(end, 0) };
}

/** Numbers of the pages that a range is on. Pure. */
export function pagesOf({ first, end }: Range): number[] {
  const pages: number[] = [];
  for (let page = Math.floor(first / PAGE); page * PAGE < end; page++) pages.push(page);
  return pages;
}

/** The pages to forget when there are more than PAGES_KEPT. Pure. */
export function surplus(kept: Iterable<number>, seen: number): number[] {
  return [...kept].sort((a, b) => Math.abs(a - seen) - Math.abs(b - seen)).slice(PAGES_KEPT);
}

/** A page that could not be loaded is left alone for so long, in ms, unless what happens asks for it. */
export const AGAIN_MS = 5_000;

/** The pages of a range to load: those that are not here and did not fail just now. `failed`: when, by page. Pure. */
export const toLoad = (
  range: Range,
  kept: ReadonlyMap<number, unknown>,
  failed: ReadonlyMap<number, number>,
  now: number,
): number[] =>
  pagesOf(range).filter(
    (page) => !kept.has(page) && now - (failed.get(page) ?? Number.NEGATIVE_INFINITY) >= AGAIN_MS,
  );

/** The row that a key leads to from `at`, or undefined for a key that leads nowhere. Pure. */
export function rowAfter(key: string, at: number, total: number, page: number): number | undefined {
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: total - 1,
  }[key];
  return to === undefined ? undefined : Math.min(total - 1, Math.max(0, to));
}
