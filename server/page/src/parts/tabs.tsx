interface Props {
  label: string;
  now: string;
  /** Key, text and address. */
  tabs: readonly (readonly [string, string, string])[];
}

/** Parts of a view, each with an address. */
export function Tabs({ label, now, tabs }: Props) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([key, text, to]) => (
        <a key={key} href={to} aria-current={key === now ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  );
}
