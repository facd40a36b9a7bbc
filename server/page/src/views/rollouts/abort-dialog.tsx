import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog.tsx';
import { Check } from '../../parts/field.tsx';
import { Failure } from '../../parts/notice.tsx';
import { useAction } from '../../use-action.ts';

/** Ends a rollout for good. */
export function AbortDialog({ act, onClose }: { act(back: boolean): Promise<void>; onClose(): void }) {
  const [back, setBack] = useState(false);
  const abort = useAction(() => act(back));
  return (
    <Dialog title="End this rollout?" busy={abort.busy} onClose={onClose}>
      <p>No further board gets the release by it, and it cannot be resumed. Boards that run it stay on it.</p>
      <Check
        label="Boards go back to the release before, where that was published with the permission"
        checked={back}
        onChange={setBack}
      />
      <Failure text={abort.error} />
      <div class="buttons">
        <button type="button" class="button" disabled={abort.busy} onClick={onClose}>
          Let it go on
        </button>
        <button type="button" class="button danger" disabled={abort.busy} onClick={() => void abort.run()}>
          End it
        </button>
      </div>
    </Dialog>
  );
}
