import type { CommandResult } from '../../../../src/commands/commands.ts';
import { get, path } from '../../api.ts';
import { Load } from '../../parts/load.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { useLoad } from '../../use-load.ts';

type Delivery = CommandResult<'webhookDeliveries'>['deliveries'][number];

const SHOWN = 30;
const EVERY_MS = 5_000;

function Standing({ delivery: { state, due, attempts, status, error } }: { delivery: Delivery }) {
  const why = error ?? (status === undefined ? '' : `answered ${status}`);
  if (state === 'delivered') return <State kind="ok">delivered</State>;
  return (
    <>
      <State kind={state === 'failed' ? 'bad' : 'wait'}>
        {state === 'failed' ? `given up after ${attempts} tries` : 'waits'}
      </State>
      <span class="muted small wrap-any">
        {why}
        {due !== undefined && attempts > 0 && (
          <>
            {' · '}
            next try <When at={due} />
          </>
        )}
      </span>
    </>
  );
}

/** What was sent to a webhook, and what came of it. */
export function Deliveries({ id }: { id: string }) {
  const at = `${path('webhooks', id)}/deliveries`;
  const loaded = useLoad(
    at,
    (signal) => get<{ deliveries: Delivery[] }>(at, { limit: SHOWN }, signal),
    EVERY_MS,
  );
  return (
    <Load of={loaded} what="Deliveries" lines={2}>
      {({ deliveries }) =>
        deliveries.length === 0 ? (
          <p class="muted">Nothing was sent yet.</p>
        ) : (
          <ul class="deliveries small">
            {deliveries.map((delivery) => (
              <li key={delivery.id}>
                <When at={delivery.created} /> <span class="tag">{delivery.kind}</span>{' '}
                <Standing delivery={delivery} />
              </li>
            ))}
          </ul>
        )
      }
    </Load>
  );
}
