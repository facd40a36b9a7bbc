import { useEffect, useRef } from 'preact/hooks';

interface Props {
  label: string;
  now: string;
  /** Key, text and address. */
  tabs: readonly (readonly [string, string, string])[];
}

/** Parts of a view, each with an address. */
export function Tabs({ label, now, tabs }: Props) {
  const list = useRef<HTMLElement>(null);
  // On a phone the current one may be off to the side
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [now]);
  return (
    <nav ref={list} class="tabs" aria-label={label}>
      {tabs.map(([key, text, to]) => (
        <a key={key} href={to} aria-current={key === now ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  );
}
