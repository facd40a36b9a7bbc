import { Notice } from '../../parts/notice.tsx';
import { State } from '../../parts/state.tsx';
import { counted } from '../../text/units.ts';
import { aliasesText, gathered } from './gathered.ts';
import type { Draft } from './use-draft.ts';

/** How the text stands: faults with the way to their line, or what it would do. */
export function Faults({ draft, goTo }: { draft: Draft; goTo: ((pointer: string) => void) | undefined }) {
  const { isChanged, check, checkError } = draft;
  if (!isChanged) return <span class="muted">As it is stored</span>;
  if (checkError !== undefined) return <Notice kind="bad">{checkError}</Notice>;
  if (check === undefined) return <span class="muted">Checking…</span>;
  if (check.ok)
    return (
      <State kind="ok">
        {check.boards === 0
          ? 'It is valid; it is for no board yet'
          : `It is valid for ${counted(check.boards, 'board')}`}
      </State>
    );
  return (
    <div class="stack">
      <State kind="bad">{counted(gathered(check.faults).length, 'fault')}</State>
      <ul class="faults">
        {gathered(check.faults).map(({ pointer, message, hint, aliases }) => (
          <li key={`${pointer} ${message}`}>
            <button type="button" class="link" onClick={() => goTo?.(pointer)}>
              {pointer === '' ? 'the text' : pointer}
            </button>
            : {message}
            {hint !== undefined && <span class="muted"> ({hint})</span>}
            {aliases.length > 0 && <span class="muted"> – {aliasesText(aliases)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
