import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { setSearch } from '../../navigate.ts';
import { Icon } from '../../parts/icon.tsx';
import { FleetRow } from './fleet-row.tsx';
import { ariaSort, nextSort, type Sorted } from './query.ts';
import { rangeOf, rowAfter } from './rows.ts';
import type { Fleet } from './use-fleet.ts';

/** Height of a row as the style sheet has it, in px. */
const rowHeight = (): number => (matchMedia('(max-width: 719px)').matches ? 60 : 40);

const COLUMNS: { key: string; text: string; sorted?: Sorted }[] = [
  { key: 'alias', text: 'Board', sorted: 'alias' },
  { key: 'state', text: 'State' },
  { key: 'health', text: 'Health', sorted: 'health' },
  { key: 'version', text: 'Version', sorted: 'version' },
  { key: 'config', text: 'Config' },
  { key: 'groups', text: 'Groups' },
  { key: 'seen', text: 'Last seen', sorted: 'lastSeen' },
];
const onPhone = (key: string): string => (key === 'alias' || key === 'health' ? '' : ' no-phone');

function Head({ column: { key, text, sorted }, sort }: { column: (typeof COLUMNS)[number]; sort: string }) {
  if (sorted === undefined)
    return (
      <th scope="col" class={`c-${key}${onPhone(key)}`}>
        {text}
      </th>
    );
  const order = ariaSort(sort, sorted);
  return (
    <th scope="col" class={`c-${key}${onPhone(key)}`} aria-sort={order}>
      <button type="button" class="sort" onClick={() => setSearch({ sort: nextSort(sort, sorted) })}>
        {text}
        {order !== undefined && <Icon name={order === 'ascending' ? 'up' : 'down'} size={14} />}
      </button>
    </th>
  );
}

/** All boards of a query as one table, of which only what is seen is drawn. */
export function FleetTable({ fleet, sort }: { fleet: Fleet; sort: string }) {
  const body = useRef<HTMLTableSectionElement>(null);
  /** The row that gets the focus once it is drawn. */
  const wanted = useRef<number | undefined>(undefined);
  const total = fleet.total ?? 12;
  const [above, setAbove] = useState({ top: 0, height: innerHeight, row: rowHeight() });

  useEffect(() => {
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const top = -(body.current?.getBoundingClientRect().top ?? 0);
      setAbove({ top, height: innerHeight, row: rowHeight() });
    };
    const plan = (): void => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', plan, { passive: true });
    addEventListener('resize', plan);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', plan);
      removeEventListener('resize', plan);
    };
  }, []);

  const range = rangeOf(above.top, above.height, above.row, total);
  const { first, end } = range;
  useLayoutEffect(() => {
    fleet.see({ first, end });
    if (wanted.current === undefined) return;
    const link = body.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"] a`);
    if (link === null || link === undefined) return;
    wanted.current = undefined;
    link.focus({ preventScroll: true });
  });

  function onKeyDown(event: KeyboardEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]');
    if (row === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(above.height / above.row) - 3);
    const to = rowAfter(event.key, Number(row.dataset.index), total, page);
    if (to === undefined) return;
    event.preventDefault();
    wanted.current = to;
    const top = body.current!.getBoundingClientRect().top + to * above.row;
    // Room for what sticks at the top: the head of the table, and on phones the bar.
    const least = above.row === 60 ? 100 : 48;
    if (top < least) scrollBy(0, top - least);
    else if (top + above.row > innerHeight) scrollBy(0, top + above.row + 8 - innerHeight);
    setAbove((before) => ({ ...before, top: -body.current!.getBoundingClientRect().top }));
  }

  const rows = Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at);
  return (
    <div class="fleet-box">
      <table
        class="fleet"
        aria-rowcount={total + 1}
        aria-busy={fleet.total === undefined}
        onKeyDown={onKeyDown}
      >
        <caption class="only-heard">Boards. Arrow keys lead from row to row.</caption>
        <colgroup>
          {COLUMNS.map(({ key }) => (
            <col key={key} class={`c-${key}${onPhone(key)}`} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map((column) => (
              <Head key={column.key} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          <Space height={first * above.row} phone={above.row === 60} />
          {rows.map((index) => (
            <FleetRow key={index} index={index} device={fleet.at(index)} phone={above.row === 60} />
          ))}
          <Space height={Math.max(0, total - end) * above.row} phone={above.row === 60} />
        </tbody>
      </table>
    </div>
  );
}

/** The room of rows that are not drawn. */
function Space({ height, phone }: { height: number; phone: boolean }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row takes no focus
    <tr class="space" aria-hidden="true">
      <td colSpan={phone ? 2 : 6} style={{ height: `${height}px` }} />
    </tr>
  );
}
