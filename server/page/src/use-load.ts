import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { inTurn } from './in-turn.ts';
import { onReconnect } from './live.ts';
import { ApiProblem, errorText } from './problem.ts';

export interface Loaded<T> {
  data: T | undefined;
  /** A sentence, when the last try failed; `data` is what was there before. */
  error: string | undefined;
  /** The server does not have this part of the API. */
  missing: boolean;
  loading: boolean;
  /** Loads it again: after the load that is under way, if one is. */
  reload(): void;
}

interface Kept<T> {
  key: string;
  data?: T;
  error?: string;
  missing: boolean;
  loading: boolean;
}

/** A load that takes longer is given up, so that the next can be tried, in ms. */
const LONGEST_MS = 60_000;

/** Rejects when the signal says so, for loads that do not heed it. */
const stopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

/**
 * Loads what `key` names, and again when it changes. With `every` also when so many ms have passed, and when the live
 * connection is back. Old data of the same key stay while it loads.
 */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  every?: number,
): Loaded<T> {
  const [kept, setKept] = useState<Kept<T>>({ key, missing: false, loading: true });
  const ask = useRef<() => void>(undefined);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const abort = new AbortController();
    const turn = inTurn(async () => {
      setKept((before) =>
        before.key === key ? { ...before, loading: true } : { key, missing: false, loading: true },
      );
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(LONGEST_MS)]);
      try {
        const data = await Promise.race([latest.current(signal), stopped(signal)]);
        if (!abort.signal.aborted) setKept({ key, data, missing: false, loading: false });
      } catch (error) {
        if (abort.signal.aborted) return;
        const missing = error instanceof ApiProblem && error.isMissing;
        setKept((before) => ({ ...before, key, error: errorText(error), missing, loading: false }));
      }
    });
    ask.current = turn.ask;
    turn.ask();
    return () => {
      turn.stop();
      abort.abort();
    };
  }, [key]);
  const reload = useCallback(() => ask.current?.(), []);
  useEffect(() => {
    if (every === undefined) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, every);
    const undo = onReconnect(reload);
    return () => {
      clearInterval(timer);
      undo();
    };
  }, [every, reload]);
  const fits = kept.key === key;
  return {
    data: fits ? kept.data : undefined,
    error: fits ? kept.error : undefined,
    missing: fits && kept.missing,
    loading: !fits || kept.loading,
    reload,
  };
}
