import type { PatchStep } from '../../api-types-fleet.ts';
import { counted } from '../../text/units.ts';
import type { Check } from './types.ts';

/** Longest value that is shown whole, in characters. */
const SHOWN = 120;

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function Step({ step: { path, before, after } }: { step: PatchStep }) {
  return (
    <li>
      <code>{path === '' ? 'all of it' : path}</code>{' '}
      {before === undefined ? (
        <>
          is new: <code>{short(after)}</code>
        </>
      ) : after === undefined ? (
        <>
          goes: <code>{short(before)}</code>
        </>
      ) : (
        <>
          <code>{short(before)}</code> becomes <code>{short(after)}</code>
        </>
      )}
    </li>
  );
}

/** What changes of each board's config. */
export function Changes({ changes, more }: { changes: Check['changes']; more: number }) {
  if (changes.length === 0) return null;
  return (
    <details>
      <summary>What changes on each board</summary>
      <ul class="stack small">
        {changes.map(({ alias, changes: steps }) => (
          <li key={alias}>
            <strong>{alias}</strong>
            <ul class="wrap-any">
              {steps.map((step) => (
                <Step key={step.path} step={step} />
              ))}
            </ul>
          </li>
        ))}
        {more > 0 && <li class="muted">and {counted(more, 'more board', 'more boards')}</li>}
      </ul>
    </details>
  );
}
