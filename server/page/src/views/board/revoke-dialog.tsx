import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Failure } from '../../parts/notice.tsx';
import { useAction } from '../../use-action.ts';

interface Props {
  alias: string;
  act(): Promise<void>;
  onClose(): void;
}

/** Makes one type the alias, so that no board is shut out by a slip. */
export function RevokeDialog({ alias, act, onClose }: Props) {
  const [typed, setTyped] = useState('');
  const revoke = useAction(act);
  return (
    <Dialog title={`Revoke ${alias}`} busy={revoke.busy} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === alias) void revoke.run();
        }}
      >
        <p>
          The server ends its connection and takes nothing from it any more. What it sent stays. It can be let
          in again later.
        </p>
        <Field label={`Type ${alias} to confirm`}>
          <input
            class="input mono"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </Field>
        <Failure text={revoke.error} />
        <div class="buttons">
          <button type="button" class="button" disabled={revoke.busy} onClick={onClose}>
            Keep it
          </button>
          <button type="submit" class="button danger" disabled={typed !== alias || revoke.busy}>
            Revoke
          </button>
        </div>
      </form>
    </Dialog>
  );
}
