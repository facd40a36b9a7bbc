import { useEffect, useRef, useState } from 'preact/hooks';
import { get, path, post } from '../../api.ts';
import type { Alert } from '../../api-types-fleet.ts';
import { calmly } from '../../calmly.ts';
import { watch } from '../../live.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Field } from '../../parts/field.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure } from '../../parts/notice.tsx';
import { When } from '../../parts/when.tsx';
import { may } from '../../session.ts';
import { actorText } from '../../text/words.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';
import { AlertState } from './severity.tsx';

const CALM_MS = 1_500;
const IDLE_MS = 60_000;
/** Alerts of one request, and requests that are looked at anew each time. */
const PAGE = 200;
const PAGES_LIMIT = 10;

interface Alerts {
  alerts: Alert[];
  next: number | null;
}

/** So many pages, the newest first. All of them anew each time, as older alerts change as well. */
async function load(
  query: { state: string; alias: string },
  pages: number,
  signal: AbortSignal,
): Promise<Alerts> {
  const all: Alerts = { alerts: [], next: null };
  for (let page = 0; page < pages && (page === 0 || all.next !== null); page++) {
    const found = await get<Alerts>(
      '/alerts',
      { ...query, limit: PAGE, cursor: all.next ?? undefined },
      signal,
    );
    all.alerts.push(...found.alerts);
    all.next = found.next;
  }
  return all;
}

function Acknowledge({ alert, onDone, onClose }: { alert: Alert; onDone(): void; onClose(): void }) {
  const [note, setNote] = useState('');
  const act = useAction(async () => {
    const trimmed = note.trim();
    await post(`${path('alerts', alert.id)}/acknowledge`, trimmed === '' ? {} : { note: trimmed });
    announce('You see to it');
    onDone();
  });
  return (
    <Dialog title={`See to ${alert.name} of ${alert.alias}`} busy={act.busy} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void act.run();
        }}
      >
        <p>The alert stays until its cause is gone, and is quiet meanwhile.</p>
        <Field label="Note" hint="For the others; may stay empty">
          <input
            class="input"
            maxLength={200}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
          />
        </Field>
        <Failure text={act.error} />
        <div class="buttons">
          <button type="submit" class="button main" disabled={act.busy}>
            I see to it
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Row({ alert, onSee }: { alert: Alert; onSee(): void }) {
  const { alias, text, since, state, acknowledgedBy, note, ended } = alert;
  return (
    <tr>
      <td class="tight">
        <AlertState alert={alert} />
      </td>
      <th scope="row">
        <a href={`/boards/${encodeURIComponent(alias)}`}>{alias}</a>
      </th>
      <td class="wrap-any">
        {text}
        {acknowledgedBy !== undefined && (
          <div class="muted small">
            {actorText(acknowledgedBy)} sees to it{note === undefined ? '' : `: ${note}`}
          </div>
        )}
      </td>
      <td>
        <When at={since} />
        {ended !== undefined && (
          <div class="muted small">
            over <When at={ended} />
          </div>
        )}
      </td>
      <td class="right">
        {state === 'firing' && may('operate') && (
          <button type="button" class="button" onClick={onSee}>
            See to it…
          </button>
        )}
      </td>
    </tr>
  );
}

/** Alerts that are open, or those that are over; of one board, or of all when `alias` is empty. */
export function AlertList({ state, alias }: { state: 'open' | 'resolved'; alias: string }) {
  const pages = useRef(1);
  const loaded = useLoad(
    `alerts ${state} ${alias}`,
    (signal) => load({ state, alias }, pages.current, signal),
    IDLE_MS,
  );
  const { reload } = loaded;
  const [seen, setSeen] = useState<Alert>();
  useEffect(() => {
    const calm = calmly(reload, CALM_MS);
    const undo = watch('alerts', calm.soon);
    return () => {
      undo();
      calm.stop();
    };
  }, [reload]);
  return (
    <Load of={loaded} what="Alerts">
      {({ alerts, next }) =>
        alerts.length === 0 ? (
          <div class="card">
            <Empty title={state === 'open' ? 'All is well' : 'Nothing is over yet'}>
              <p class="muted">
                {state === 'open'
                  ? 'No alert fires. What is watched is up to the rules.'
                  : 'Alerts that ended stand here.'}
              </p>
              {state === 'open' && (
                <a class="button" href="/alerts?tab=rules">
                  Look at the rules
                </a>
              )}
            </Empty>
          </div>
        ) : (
          <>
            <div class="table-box">
              <table class="folds">
                <caption class="only-heard">Alerts, the newest first</caption>
                <thead>
                  <tr>
                    <th scope="col">State</th>
                    <th scope="col">Board</th>
                    <th scope="col">What</th>
                    <th scope="col">Since</th>
                    <th scope="col">
                      <span class="only-heard">Actions</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {alerts.map((alert) => (
                    <Row key={alert.id} alert={alert} onSee={() => setSeen(alert)} />
                  ))}
                </tbody>
              </table>
              {seen !== undefined && (
                <Acknowledge
                  alert={seen}
                  onClose={() => setSeen(undefined)}
                  onDone={() => {
                    setSeen(undefined);
                    reload();
                  }}
                />
              )}
            </div>
            {next !== null && pages.current < PAGES_LIMIT && (
              <div class="buttons">
                <button
                  type="button"
                  class="button"
                  onClick={() => {
                    pages.current += 1;
                    reload();
                  }}
                >
                  Older alerts
                </button>
              </div>
            )}
          </>
        )
      }
    </Load>
  );
}
