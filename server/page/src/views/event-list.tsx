import { useEffect, useState } from 'preact/hooks';
import { type Ask, get } from '../api.ts';
import type { FleetEvent } from '../api-types.ts';
import { watch } from '../live.ts';
import { Load } from '../parts/load.tsx';
import { Failure } from '../parts/notice.tsx';
import { When } from '../parts/when.tsx';
import { sentence } from '../problem.ts';
import { actorText } from '../text/words.ts';
import { useAction } from '../use-action.ts';
import { useLoad } from '../use-load.ts';

interface Page {
  events: FleetEvent[];
  next: number | null;
}

/** Events of one request, and those that are kept while one scrolls. */
const PAGE = 100;
const EVENTS_SHOWN = 5_000;

/** New ones in front, each once. Pure. */
const merged = (fresh: FleetEvent[], old: FleetEvent[]): FleetEvent[] => {
  const known = new Set(fresh.map(({ id }) => id));
  return [...fresh, ...old.filter(({ id }) => !known.has(id))].slice(0, EVENTS_SHOWN);
};

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
    get<Page>('/events', { ...query, limit: PAGE }, signal),
  );
  const [more, setMore] = useState<Page>();
  const [fresh, setFresh] = useState<FleetEvent[]>([]);
  // Another query begins anew
  useEffect(() => {
    setMore(undefined);
    setFresh([]);
  }, [key]);
  const isOpen = query.until === undefined;
  useEffect(
    () =>
      watch('events', (event) => {
        if (isOpen && fits(event, JSON.parse(key))) setFresh((before) => merged([event], before));
      }),
    [key, isOpen],
  );
  const next = more === undefined ? loaded.data?.next : more.next;
  const older = useAction(async () => {
    const page = await get<Page>('/events', { ...query, limit: PAGE, cursor: next ?? undefined });
    setMore({ events: [...(more?.events ?? []), ...page.events], next: page.next });
  });
  const withBoard = query.alias === undefined || query.alias === '';
  return (
    <Load of={loaded} what="Events" lines={8}>
      {({ events }) => {
        const all = merged(fresh, [...events, ...(more?.events ?? [])]);
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
            <Failure text={older.error} />
            {next !== null && next !== undefined && all.length < EVENTS_SHOWN && (
              <div class="buttons">
                <button type="button" class="button" disabled={older.busy} onClick={() => void older.run()}>
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
