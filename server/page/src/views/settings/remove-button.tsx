import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/notice.tsx';
import { useAction } from '../../use-action.ts';

interface Props {
  what: string;
  word: string;
  warning: string;
  act(): Promise<void>;
}

/** A button that asks once more. */
export function RemoveButton({ what, word, warning, act }: Props) {
  const [asks, setAsks] = useState(false);
  const remove = useAction(act);
  return (
    <>
      <button type="button" class="button" aria-label={`${word} ${what}`} onClick={() => setAsks(true)}>
        {word}…
      </button>
      {asks && (
        <Dialog title={`${word} ${what}?`} busy={remove.busy} onClose={() => setAsks(false)}>
          <p>{warning}</p>
          <Failure text={remove.error} />
          <div class="buttons">
            <button type="button" class="button" disabled={remove.busy} onClick={() => setAsks(false)}>
              Keep it
            </button>
            <button
              type="button"
              class="button danger"
              disabled={remove.busy}
              onClick={() => void remove.run().then((done) => done && setAsks(false))}
            >
              {word}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
