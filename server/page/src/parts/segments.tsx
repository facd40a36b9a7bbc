interface Props<V extends string> {
  /** What is chosen, for those who hear it. */
  label: string;
  options: readonly (readonly [V, string])[];
  value: V;
  small?: boolean;
  onChange(value: V): void;
}

/** One of a few, side by side. */
export function Segments<V extends string>({ label, options, value, small = false, onChange }: Props<V>) {
  return (
    <fieldset class={`segments${small ? ' small' : ''}`} aria-label={label}>
      {options.map(([key, text]) => (
        <button key={key} type="button" aria-pressed={key === value} onClick={() => onChange(key)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}
