import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../../api.ts';
import type { DevicePage, DeviceSummary, FleetCounts } from '../../api-types.ts';
import { calmly } from '../../calmly.ts';
import { onReconnect, watch } from '../../live.ts';
import { errorText } from '../../problem.ts';
import { apiQuery, type FleetQuery } from './query.ts';
import { AGAIN_MS, PAGE, pagesOf, type Range, surplus, toLoad } from './rows.ts';

/** Rows that are seen are fetched anew this often while boards report, in ms. */
const CALM_MS = 3_000;
/** And this often while nothing is heard, as ages and connections change by themselves. */
const IDLE_MS = 30_000;

export interface Fleet {
  total: number | undefined;
  counts: FleetCounts | undefined;
  error: string | undefined;
  at(index: number): DeviceSummary | undefined;
  /** Says which rows are seen: what is missing of them is fetched. */
  see(range: Range): void;
}

interface Kept {
  query: string;
  pages: Map<number, DeviceSummary[]>;
  asked: Set<number>;
  /** When a page could not be loaded, by performance.now(). */
  failed: Map<number, number>;
  seen: Range;
}

const nothing = (query: string): Kept => ({
  query,
  pages: new Map(),
  asked: new Set(),
  failed: new Map(),
  seen: { first: 0, end: 1 },
});

/** The boards that a query means, page by page as they are seen, kept up to date. */
export function useFleet(query: FleetQuery): Fleet {
  const asked = apiQuery(query);
  const key = JSON.stringify(asked);
  const kept = useRef(nothing(key));
  const [told, setTold] = useState<Pick<Fleet, 'total' | 'counts' | 'error'>>({
    ...{ total: undefined, counts: undefined, error: undefined },
  });
  const [, redraw] = useState(0);

  const fetchPage = useCallback(async (page: number): Promise<void> => {
    const mine = kept.current;
    if (mine.asked.has(page)) return;
    mine.asked.add(page);
    try {
      const { devices, total, counts } = await get<DevicePage>('/devices', {
        ...(JSON.parse(mine.query) as Record<string, string>),
        ...{ limit: PAGE, cursor: page === 0 ? undefined : page * PAGE },
      });
      if (kept.current !== mine) return;
      mine.pages.set(page, devices);
      mine.failed.delete(page);
      for (const far of surplus(mine.pages.keys(), pagesOf(mine.seen)[0] ?? 0)) mine.pages.delete(far);
      setTold({ total, counts, error: undefined });
    } catch (error) {
      if (kept.current !== mine) return;
      mine.failed.set(page, performance.now());
      setTold((before) => ({ ...before, error: errorText(error) }));
      // What is drawn asks for what is missing.
      setTimeout(() => redraw((turn) => turn + 1), AGAIN_MS);
    } finally {
      mine.asked.delete(page);
      redraw((turn) => turn + 1);
    }
  }, []);

  useEffect(() => {
    if (kept.current.query !== key) kept.current = nothing(key);
    void fetchPage(0);
  }, [key, fetchPage]);

  const refresh = useCallback(() => {
    if (document.visibilityState !== 'visible') return;
    for (const page of pagesOf(kept.current.seen)) void fetchPage(page);
  }, [fetchPage]);

  useEffect(() => {
    const calm = calmly(refresh, CALM_MS);
    const undo = [watch('devices', calm.soon), watch('events', calm.soon), onReconnect(calm.soon)];
    const idle = setInterval(refresh, IDLE_MS);
    return () => {
      for (const end of undo) end();
      calm.stop();
      clearInterval(idle);
    };
  }, [refresh]);

  const see = useCallback(
    (range: Range) => {
      kept.current.seen = range;
      const { pages, failed } = kept.current;
      for (const page of toLoad(range, pages, failed, performance.now())) void fetchPage(page);
    },
    [fetchPage],
  );

  return {
    ...told,
    at: (index) => kept.current.pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    see,
  };
}
