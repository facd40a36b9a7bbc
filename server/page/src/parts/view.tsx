import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface Props {
  title: string;
  /** Beside the title. */
  beside?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

/** A view with its heading, which is also the window's title. */
export function View({ title, beside, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Perch`;
  }, [title]);
  return (
    <div class="stack">
      <div class="head">
        <h1>{title}</h1>
        {beside}
        <span class="grow" />
        {actions !== undefined && <div class="buttons">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
