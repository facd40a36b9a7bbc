import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, errorText } from './problem.ts';

export interface Loaded<T> {
  data: T | undefined;
  /** A sentence, when the last try failed; `data` is what was there before. */
  error: string | undefined;
  /** The server does not have this part of the API. */
  missing: boolean;
  loading: boolean;
  reload(): void;
}

interface Kept<T> {
  key: string;
  data?: T;
  error?: string;
  missing: boolean;
  loading: boolean;
}

/** Loads what `key` names, and again when it changes or `every` ms have passed. Old data of the same key stay while it loads. */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  every?: number,
): Loaded<T> {
  const [kept, setKept] = useState<Kept<T>>({ key, missing: false, loading: true });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const abort = new AbortController();
    setKept((before) =>
      before.key === key ? { ...before, loading: true } : { key, missing: false, loading: true },
    );
    latest.current(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setKept({ key, data, missing: false, loading: false });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const missing = error instanceof ApiProblem && error.isMissing;
        setKept((before) => ({ ...before, key, error: errorText(error), missing, loading: false }));
      },
    );
    return () => abort.abort();
  }, [key, turn]);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => {
    if (every === undefined) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, every);
    return () => clearInterval(timer);
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
