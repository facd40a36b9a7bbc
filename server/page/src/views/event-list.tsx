import { useEffect, useState } from 'preact/hooks';
import { type Ask, get } from '../api.ts';
import type { FleetEvent } from '../api-types.ts';
import { onReconnect, watch } from '../live.ts';
import { Load } from '../parts/load.tsx';
import { Failure } from '../parts/notice.tsx';
import { When } from '../parts/when.tsx';
import { sentence } from '../problem.ts';
import { actorText } from '../text/words.ts';
import { useAction } from '../use-action.ts';
import { useLoad } from '../use-load.ts';
import { EVENTS_SHOWN, type EventPage, joined, type OlderEvents } from './event-pages.ts';

/** Events of one request. */
const PAGE = 100;

const fits = (event: FleetEvent, { alias, kind, actor }: Record<string, unknown>): boolean =>
  (!alias || event.alias === alias) &&
  (!kind || event.kind === kind || event.kind.startsWith(`${kind}.`)) &&
  (!actor || event.actor === actor);

function Row({
  event: { at, actor, kind, alias, text },
  withBoard,
}: {
  event: FleetEvent;
  withBoard: boolean;
}) {
  return (
    <tr>
      <td class="tight">
        <When at={at} />
      </td>
      {withBoard && (
        <td class="tight">
          {alias !== undefined && <a href={`/boards/${encodeURIComponent(alias)}`}>{alias}</a>}
        </td>
      )}
      <td class="wrap-any">{sentence(text)}</td>
      <td class="tight">{actorText(actor)}</td>
      <td>
        <span class="tag">{kind}</span>
      </td>
    </tr>
  );
}

/** Events of a query, newest first, as they happen. */
export function EventList({ query, empty }: { query: NonNullable<Ask['query']>; empty: string }) {
  const key = JSON.stringify(query);
  const loaded = useLoad(`events ${key}`, (signal) =>
    get<EventPage>('/events', { ...query, limit: PAGE }, signal),
  );
  const { reload } = loaded;
  const [fresh, setFresh] = useState<FleetEvent[]>([]);
  const [older, setOlder] = useState<OlderEvents>();
  useEffect(() => onReconnect(reload), [reload]);
  const isOpen = query.until === undefined;
  useEffect(() => {
    // Another query begins anew
    setFresh([]);
    return watch('events', (event) => {
      if (isOpen && fits(event, JSON.parse(key)))
        setFresh((before) => [event, ...before].slice(0, EVENTS_SHOWN));
    });
  }, [key, isOpen]);
  const more = useAction(async (after: EventPage, cursor: number) => {
    const found = await get<EventPage>('/events', { ...query, limit: PAGE, cursor });
    const before = older?.after === after ? older.events : [];
    setOlder({ after, events: [...before, ...found.events], next: found.next });
  });
  const withBoard = query.alias === undefined || query.alias === '';
  return (
    <Load of={loaded} what="Events" lines={8}>
      {(found) => {
        const { events: all, next } = joined(found, fresh, older);
        if (all.length === 0) return <p class="muted pad card">{empty}</p>;
        return (
          <>
            <div class="table-box">
              <table class="folds">
                <caption class="only-heard">Events, the newest first</caption>
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    {withBoard && <th scope="col">Board</th>}
                    <th scope="col">What</th>
                    <th scope="col">Who</th>
                    <th scope="col">Kind</th>
                  </tr>
                </thead>
                <tbody>
                  {all.map((event) => (
                    <Row key={event.id} event={event} withBoard={withBoard} />
                  ))}
                </tbody>
              </table>
            </div>
            <Failure text={more.error} />
            {next !== null && (
              <div class="buttons">
                <button
                  type="button"
                  class="button"
                  disabled={more.busy}
                  onClick={() => void more.run(found, next)}
                >
                  Older events
                </button>
              </div>
            )}
          </>
        );
      }}
    </Load>
  );
}
