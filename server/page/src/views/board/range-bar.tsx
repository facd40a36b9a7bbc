import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Segments } from '../../parts/segments.tsx';
import { shortTime } from '../../text/time.ts';
import { fitted, RANGES, type Range, stepped, timesOf } from './range.ts';

/** A time as an input of the kind datetime-local has it: by this machine's clock. */
function localText(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16);
}

function OwnRange({
  range,
  onChange,
  onClose,
}: {
  range: Range;
  onChange(range: Range): void;
  onClose(): void;
}) {
  const { since, until } = timesOf(range, Date.now());
  const [from, setFrom] = useState(localText(since));
  const [to, setTo] = useState(localText(until));
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const fault = start < end ? undefined : 'The end must be after the beginning.';
  return (
    <Dialog title="Show from, until" onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (fault !== undefined) return;
          onChange(fitted(start, end));
          onClose();
        }}
      >
        <div class="two">
          <Field label="From">
            <input
              class="input"
              type="datetime-local"
              required
              value={from}
              onInput={(event) => setFrom(event.currentTarget.value)}
            />
          </Field>
          <Field label="Until" fault={fault}>
            <input
              class="input"
              type="datetime-local"
              required
              value={to}
              onInput={(event) => setTo(event.currentTarget.value)}
            />
          </Field>
        </div>
        <div class="buttons">
          <button type="submit" class="button main">
            Show
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Chooses what time the charts show. */
export function RangeBar({ range, onChange }: { range: Range; onChange(range: Range): void }) {
  const [asks, setAsks] = useState(false);
  const step = (way: 'in' | 'out' | 'earlier' | 'later') => () => onChange(stepped(range, way, Date.now()));
  const options = RANGES.map(([key, text]) => [key, text] as const);
  return (
    <div class="buttons">
      <Segments
        label="Time shown"
        small
        options={options}
        value={'preset' in range ? range.preset : ('' as '1h')}
        onChange={(preset) => onChange({ preset })}
      />
      <fieldset class="segments small" aria-label="Move through time">
        {(
          [
            ['earlier', 'Earlier', '‹'],
            ['later', 'Later', '›'],
            ['in', 'Closer', '+'],
            ['out', 'Wider', '−'],
          ] as const
        ).map(([way, label, sign]) => (
          <button key={way} type="button" aria-label={label} title={label} onClick={step(way)}>
            {sign}
          </button>
        ))}
        <button type="button" aria-pressed={!('preset' in range)} onClick={() => setAsks(true)}>
          Own…
        </button>
      </fieldset>
      {!('preset' in range) && (
        <span class="muted small number">
          {shortTime(range.since)} – {shortTime(range.until)}
        </span>
      )}
      {asks && <OwnRange range={range} onChange={onChange} onClose={() => setAsks(false)} />}
    </div>
  );
}
