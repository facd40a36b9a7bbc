interface Props {
  label: string;
  done: number;
  total: number;
  /** What stands beside it instead of percent. */
  text?: string;
}

/** How far something is. */
export function Progress({ label, done, total, text }: Props) {
  const percent = total <= 0 ? 0 : Math.min(100, Math.max(0, (100 * done) / total));
  return (
    <div class="progress">
      <div class="who-row small">
        <span>{label}</span>
        <span class="number">{text ?? `${Math.floor(percent)} %`}</span>
      </div>
      <div
        class="bar"
        role="progressbar"
        aria-label={label}
        aria-valuenow={Math.floor(percent)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}
