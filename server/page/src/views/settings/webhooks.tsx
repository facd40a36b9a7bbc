import { useState } from 'preact/hooks';
import type { CommandResult } from '../../../../src/commands/commands.ts';
import { get, path, post, put, remove } from '../../api.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure } from '../../parts/notice.tsx';
import { State } from '../../parts/state.tsx';
import { counted } from '../../text/units.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';
import { Deliveries } from './deliveries.tsx';
import { RemoveButton } from './remove-button.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';

export type Webhook = CommandResult<'webhookList'>['webhooks'][number];

function Row({ webhook, reload, onEdit }: { webhook: Webhook; reload(): void; onEdit(): void }) {
  const { id, name, url, kinds, enabled, waiting = 0 } = webhook;
  const [shown, setShown] = useState(false);
  const act = useAction(async (what: 'test' | 'switch') => {
    if (what === 'test') await post(`${path('webhooks', id)}/test`);
    else await put(path('webhooks', id), { enabled: !enabled });
    announce(what === 'test' ? 'A test message is on its way' : 'It is switched');
    setShown(shown || what === 'test');
    reload();
  });
  return (
    <li class="stack">
      <div class="who-row wrap">
        <span class="who-waits">
          <strong>{name}</strong>
          <span class="muted small wrap-any">{url}</span>
          <span class="tags">
            {kinds.map((kind) => (
              <span key={kind} class="tag">
                {kind === '*' ? 'everything' : kind}
              </span>
            ))}
          </span>
        </span>
        {enabled ? (
          <State kind={waiting > 0 ? 'wait' : 'ok'}>
            {waiting > 0 ? counted(waiting, 'message waits', 'messages wait') : 'on'}
          </State>
        ) : (
          <State kind="off">off</State>
        )}
      </div>
      <div class="buttons">
        <button
          type="button"
          class="button"
          disabled={!enabled || act.busy}
          onClick={() => void act.run('test')}
        >
          Send a test
        </button>
        <button type="button" class="button" aria-expanded={shown} onClick={() => setShown(!shown)}>
          Deliveries
        </button>
        <button type="button" class="button" disabled={act.busy} onClick={() => void act.run('switch')}>
          {enabled ? 'Switch off' : 'Switch on'}
        </button>
        <button type="button" class="button" onClick={onEdit}>
          Change…
        </button>
        <RemoveButton
          what={`the webhook ${name}`}
          word="Remove"
          warning="What waits for it goes too."
          act={async () => {
            await remove(path('webhooks', id));
            announce(`The webhook ${name} is gone`);
            reload();
          }}
        />
      </div>
      <Failure text={act.error} />
      {shown && <Deliveries id={id} />}
    </li>
  );
}

/** Other programs that are told what happens. */
export function Webhooks() {
  const loaded = useLoad('webhooks', (signal) =>
    get<{ webhooks: Webhook[] }>('/webhooks', undefined, signal),
  );
  const [edited, setEdited] = useState<Webhook | 'new'>();
  return (
    <Card
      title="Webhooks"
      beside={
        !loaded.missing && (
          <button type="button" class="button" onClick={() => setEdited('new')}>
            <Icon name="plus" />
            Add one
          </button>
        )
      }
    >
      <Load of={loaded} what="Webhooks">
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <p class="muted pad">
              None yet. A webhook has another program told of events and alerts, signed, as they happen.
            </p>
          ) : (
            <ul class="rows blocks">
              {webhooks.map((webhook) => (
                <Row
                  key={webhook.id}
                  webhook={webhook}
                  reload={loaded.reload}
                  onEdit={() => setEdited(webhook)}
                />
              ))}
            </ul>
          )
        }
      </Load>
      {edited !== undefined && (
        <WebhookDialog
          webhook={edited === 'new' ? undefined : edited}
          onDone={loaded.reload}
          onClose={() => setEdited(undefined)}
        />
      )}
    </Card>
  );
}
