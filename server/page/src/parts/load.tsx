import type { ComponentChildren } from 'preact';
import type { Loaded } from '../use-load.ts';
import { Notice } from './notice.tsx';

/** Grey bars in the place of what is on its way. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, at) => (
        <i key={at} />
      ))}
    </div>
  );
}

interface Props<T> {
  of: Loaded<T>;
  /** What it is, for the line that says it is not there: "Alerts". */
  what: string;
  lines?: number;
  children: (data: T) => ComponentChildren;
}

/** What was loaded; or bars, or one line that says why it is not there. Old data stay when a later try fails. */
export function Load<T>({ of: { data, error, missing, reload }, what, lines = 4, children }: Props<T>) {
  if (missing) return <p class="muted small pad">{what}: this server does not have them yet.</p>;
  return (
    <>
      {error !== undefined && (
        <Notice kind="bad">
          {error}{' '}
          <button type="button" class="link" onClick={reload}>
            Try again
          </button>
        </Notice>
      )}
      {data !== undefined ? children(data) : error === undefined && <Skeleton lines={lines} />}
    </>
  );
}
