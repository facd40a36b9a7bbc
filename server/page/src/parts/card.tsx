import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  title: string;
  beside?: ComponentChildren;
  /** Room around the content. */
  padded?: boolean;
  children: ComponentChildren;
}

export function Card({ title, beside, padded = false, children }: Props) {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {beside}
      </header>
      {padded ? <div class="body stack">{children}</div> : children}
    </section>
  );
}
