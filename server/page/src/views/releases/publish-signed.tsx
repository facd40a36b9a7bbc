import { useState } from 'preact/hooks';
import { runCommand } from '../../command.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Failure } from '../../parts/notice.tsx';
import { Progress } from '../../parts/progress.tsx';
import { announce } from '../../toast.ts';
import { upload } from '../../upload.ts';
import { useAction } from '../../use-action.ts';
import { StopOrClose } from './stop-or-close.tsx';

interface Stage {
  label: string;
  done: number;
  total: number;
}

/** Publishes what was signed on another machine: the signed targets, and the executables that the server lacks. */
export function PublishSigned({ onDone, onClose }: { onDone(): void; onClose(): void }) {
  const [targets, setTargets] = useState<File>();
  const [files, setFiles] = useState<File[]>([]);
  const [stage, setStage] = useState<Stage>();
  const [sending, setSending] = useState<AbortController>();
  const send = async (file: File, signal: AbortSignal): Promise<string> => {
    const progress = (done: number, total: number): void =>
      setStage({ label: `Sending ${file.name}`, done, total });
    return `upload:${(await upload<{ id: string }>('/uploads', { query: {}, file, progress, signal })).id}`;
  };
  const publish = useAction(async () => {
    if (targets === undefined) return;
    const sender = new AbortController();
    const { signal } = sender;
    setSending(sender);
    try {
      const signed = await send(targets, signal);
      const sent: string[] = [];
      for (const file of files) sent.push(await send(file, signal));
      setSending(undefined);
      const { releases } = await runCommand(
        'releasePublishSigned',
        { targets: signed, files: sent },
        (done, total) => setStage({ label: 'The server looks at it', done, total }),
      );
      announce(releases.length === 0 ? 'All of it was published already' : 'It is published');
      onDone();
    } finally {
      setStage(undefined);
      setSending(undefined);
    }
  });
  return (
    <Dialog title="Publish what was signed elsewhere" busy={publish.busy} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void publish.run();
        }}
      >
        <Field label="Signed targets" hint="targets.json, as perch-server release sign wrote it">
          <input
            class="input"
            type="file"
            required
            accept=".json"
            onChange={(event) => setTargets(event.currentTarget.files?.[0])}
          />
        </Field>
        <Field label="Executables" hint="Those that it names and that are not here yet">
          <input
            class="input"
            type="file"
            multiple
            onChange={(event) => setFiles([...(event.currentTarget.files ?? [])])}
          />
        </Field>
        {stage !== undefined && <Progress {...stage} />}
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
