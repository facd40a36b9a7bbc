import type { ComponentChildren } from 'preact';

export type StateKind = 'ok' | 'warn' | 'bad' | 'off' | 'wait' | 'info' | 'stop';

/** One shape for each kind, so that colour is never all that tells them apart. */
const SHAPES: Record<StateKind, preact.JSX.Element> = {
  ok: <circle cx="6" cy="6" r="4.500" fill="currentColor" />,
  off: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.800" />,
  warn: <path d="M6 .8 11.600 11H.4z" fill="currentColor" />,
  bad: <path d="M3.800.8h4.400l3 3v4.400l-3 3H3.800l-3-3V3.800z" fill="currentColor" />,
  wait: <path d="M6 .8 11.200 6 6 11.200.8 6z" fill="none" stroke="currentColor" stroke-width="1.600" />,
  info: <path d="M6 .8 11.200 6 6 11.200.8 6z" fill="currentColor" />,
  stop: <path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="2" />,
};

/** A state, told by a shape and a word. */
export function State({ kind, children }: { kind: StateKind; children: ComponentChildren }) {
  const tone = kind === 'wait' ? 'info' : kind === 'stop' ? 'off' : kind;
  return (
    <span class={`state ${tone}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {SHAPES[kind]}
      </svg>
      <span>{children}</span>
    </span>
  );
}
