import type { ComponentChildren } from 'preact';
import { Mark } from './mark.tsx';

/** Nothing is there yet, and what to do next. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Mark size={40} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}
