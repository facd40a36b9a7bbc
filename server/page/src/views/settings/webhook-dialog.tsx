import { useState } from 'preact/hooks';
import { path, post, put } from '../../api.ts';
import { Copy } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Check, Field } from '../../parts/field.tsx';
import { Failure, Notice } from '../../parts/notice.tsx';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import type { Webhook } from './webhooks.tsx';

interface Props {
  webhook: Webhook | undefined;
  onDone(): void;
  onClose(): void;
}

const kindsOf = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter(Boolean))];

/** Makes or changes a webhook. A new secret is shown once. */
export function WebhookDialog({ webhook, onDone, onClose }: Props) {
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [kinds, setKinds] = useState(webhook?.kinds.join(', ') ?? 'alert');
  const [renew, setRenew] = useState(false);
  const [secret, setSecret] = useState<string>();
  const save = useAction(async () => {
    const body = { name: name.trim(), url: url.trim(), kinds: kindsOf(kinds) };
    const { secret: made } =
      webhook === undefined
        ? await post<{ secret?: string }>('/webhooks', body)
        : await put<{ secret?: string }>(path('webhooks', webhook.id), {
            ...body,
            ...(renew ? { newSecret: true } : {}),
          });
    announce('The webhook is stored');
    onDone();
    if (made === undefined) onClose();
    else setSecret(made);
  });
  if (secret !== undefined)
    return (
      <Dialog title="Its secret" onClose={onClose}>
        <Notice kind="warn">
          It is shown this once. The receiver checks with it that messages are from here (Standard Webhooks).
        </Notice>
        <div class="copied">
          <code>{secret}</code>
          <Copy text={secret} />
        </div>
        <div class="buttons">
          <button type="button" class="button main" onClick={onClose}>
            Done
          </button>
        </div>
      </Dialog>
    );
  return (
    <Dialog
      title={webhook === undefined ? 'Add a webhook' : `Change ${webhook.name}`}
      busy={save.busy}
      onClose={onClose}
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Field label="Name">
          <input
            class="input"
            required
            maxLength={64}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </Field>
        <Field label="Address" hint="http:// or https://; messages are posted there as JSON">
          <input
            class="input mono"
            type="url"
            required
            value={url}
            onInput={(event) => setUrl(event.currentTarget.value)}
          />
        </Field>
        <Field label="Kinds" hint="With commas between: alert, device, config.set … or * for everything">
          <input
            class="input mono"
            required
            value={kinds}
            onInput={(event) => setKinds(event.currentTarget.value)}
          />
        </Field>
        {webhook !== undefined && (
          <Check label="Make a new secret; the old one ends" checked={renew} onChange={setRenew} />
        )}
        <Failure text={save.error} />
        <div class="buttons">
          <button type="submit" class="button main" disabled={save.busy}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
