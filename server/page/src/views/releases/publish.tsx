import { useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog.tsx';
import { Check, Field } from '../../parts/field.tsx';
import { Failure } from '../../parts/notice.tsx';
import { Progress } from '../../parts/progress.tsx';
import { bytesText } from '../../text/units.ts';
import { announce } from '../../toast.ts';
import { upload } from '../../upload.ts';
import { useAction } from '../../use-action.ts';
import { guessOf, PLATFORMS } from './guess.ts';
import { StopOrClose } from './stop-or-close.tsx';

/** Sends an executable, which the server signs and offers. */
export function Publish({ onDone, onClose }: { onDone(): void; onClose(): void }) {
  const [file, setFile] = useState<File>();
  const [platform, setPlatform] = useState('');
  const [version, setVersion] = useState('');
  const [hold, setHold] = useState(true);
  const [mayReplace, setMayReplace] = useState('');
  const [sent, setSent] = useState<{ done: number; total: number }>();
  const [sending, setSending] = useState<AbortController>();
  const publish = useAction(async () => {
    if (file === undefined) return;
    const sender = new AbortController();
    setSending(sender);
    setSent({ done: 0, total: file.size });
    try {
      await upload('/releases', {
        query: { platform, version, hold, mayReplace: mayReplace === '' ? undefined : Number(mayReplace) },
        file,
        signal: sender.signal,
        progress: (done, total) => {
          setSent({ done, total });
          // From here on the server may have done it.
          if (done === total) setSending(undefined);
        },
      });
    } finally {
      setSent(undefined);
      setSending(undefined);
    }
    announce(`${version} for ${platform} is published`);
    onDone();
  });
  const choose = (chosen: File | undefined): void => {
    setFile(chosen);
    const guess = guessOf(chosen?.name ?? '');
    if (guess.platform !== undefined) setPlatform(guess.platform);
    if (guess.version !== undefined && version === '') setVersion(guess.version);
  };
  return (
    <Dialog title="Publish a release" busy={publish.busy} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void publish.run();
        }}
      >
        <Field label="Executable" hint="perch-agent of one platform, as it was built">
          <input
            class="input"
            type="file"
            required
            onChange={(event) => choose(event.currentTarget.files?.[0])}
          />
        </Field>
        <div class="two">
          <Field label="Platform">
            <select
              class="input"
              required
              value={platform}
              onChange={(event) => setPlatform(event.currentTarget.value)}
            >
              <option value="">Choose</option>
              {PLATFORMS.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </Field>
          <Field label="Version" hint="Such as 0.3.0; each build needs its own">
            <input
              class="input mono"
              required
              maxLength={64}
              value={version}
              onInput={(event) => setVersion(event.currentTarget.value)}
            />
          </Field>
        </div>
        <Check
          label="Hold it: no board gets it until a rollout or a pin says so"
          checked={hold}
          onChange={setHold}
        />
        <details>
          <summary>Going back</summary>
          <Field
            label="May replace releases up to number"
            hint="Lets boards go back to it from newer releases; empty: never"
          >
            <input
              class="input"
              type="number"
              min={1}
              value={mayReplace}
              onInput={(event) => setMayReplace(event.currentTarget.value)}
            />
          </Field>
        </details>
        {sent !== undefined && (
          <Progress
            label={sent.done < sent.total ? 'Sending' : 'The server looks at it and signs it'}
            {...sent}
            text={`${bytesText(sent.done)} of ${bytesText(sent.total)}`}
          />
        )}
        <Failure text={publish.error} />
        <div class="buttons">
          <StopOrClose sending={sending} busy={publish.busy} onClose={onClose} />
          <button type="submit" class="button main" disabled={publish.busy}>
            Publish
          </button>
        </div>
      </form>
    </Dialog>
  );
}
