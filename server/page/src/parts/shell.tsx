import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { isLive } from '../live.ts';
import { pathname } from '../navigate.ts';
import { toast } from '../toast.ts';
import { FaultBoundary } from './fault-boundary.tsx';
import { Icon } from './icon.tsx';
import { Mark } from './mark.tsx';
import { Nav } from './nav.tsx';
import { Who } from './who.tsx';

/** The frame around every view. */
export function Shell({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const path = pathname.value;
  const first = useRef(true);
  useEffect(() => {
    setOpen(false);
    // Whoever hears the page is led into the new view.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <div class={`shell${open ? ' open' : ''}`}>
        <header class="top">
          <a class="brand" href="/">
            <Mark /> Perch
          </a>
          <button
            type="button"
            class="button quiet icon"
            aria-label={open ? 'Close the menu' : 'Open the menu'}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <Icon name={open ? 'close' : 'menu'} size={20} />
          </button>
        </header>
        <nav class="side" aria-label="Views">
          <a class="brand" href="/">
            <Mark size={28} /> Perch
          </a>
          <Nav />
          <Who />
        </nav>
        <div>
          {!isLive.value && (
            <div class="stale" role="status">
              The live connection is interrupted. What you see may be old; it is tried again.
            </div>
          )}
          <main id="main" ref={main} tabIndex={-1}>
            <FaultBoundary at={path}>{children}</FaultBoundary>
          </main>
        </div>
      </div>
      <output class="toast">{toast.value}</output>
    </>
  );
}
