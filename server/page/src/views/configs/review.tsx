import { useState } from 'preact/hooks';
import { put } from '../../api.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Failure, Notice } from '../../parts/notice.tsx';
import { counted } from '../../text/units.ts';
import { useAction } from '../../use-action.ts';
import { Changes } from './changes.tsx';
import { DiffView } from './diff-view.tsx';
import { type LayerKey, layerPath } from './layer.ts';
import type { Done } from './types.ts';
import type { Draft } from './use-draft.ts';

interface Props {
  layer: LayerKey;
  draft: Draft;
  onDone(done: Done): void;
  onClose(): void;
}

/** What will change, before it is sent. */
export function Review({ layer, draft, onDone, onClose }: Props) {
  const [note, setNote] = useState('');
  const { text, stored, match, check } = draft;
  const send = useAction(async () => {
    const trimmed = note.trim();
    onDone(await put<Done>(layerPath(layer), { text, ...(trimmed === '' ? {} : { note: trimmed }) }, match));
  });
  const changed = check?.changed ?? check?.changes.length ?? 0;
  return (
    <Dialog title="Review and send" wide busy={send.busy} onClose={onClose}>
      <DiffView before={stored} after={text} />
      {check !== undefined && (
        <>
          <Notice kind={changed > 1 ? 'warn' : 'info'}>
            {changed === 0
              ? 'No board gets another config by this.'
              : `${counted(changed, 'board')} will get another config, as soon as each is connected.`}
          </Notice>
          <Changes changes={check.changes} more={Math.max(0, changed - check.changes.length)} />
        </>
      )}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send.run();
        }}
      >
        <Field label="Note" hint="Why, for whoever reads the history; may stay empty">
          <input
            class="input"
            maxLength={200}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </Field>
        <Failure text={send.error} />
        <div class="buttons">
          <button type="button" class="button" disabled={send.busy} onClick={onClose}>
            Go on editing
          </button>
          <button type="submit" class="button main" disabled={send.busy}>
            Send
          </button>
        </div>
      </form>
    </Dialog>
  );
}
