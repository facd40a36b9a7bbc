import { get } from '../../api.ts';
import type { FleetCounts } from '../../api-types.ts';
import { search, setSearch } from '../../navigate.ts';
import { Empty } from '../../parts/empty.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Segments } from '../../parts/segments.tsx';
import { View } from '../../parts/view.tsx';
import { may } from '../../session.ts';
import { counted, numberText } from '../../text/units.ts';
import { useLoad } from '../../use-load.ts';
import { useTyped } from '../../use-typed.ts';
import { FleetTable } from './fleet-table.tsx';
import { queryOf, SEARCH_LIMIT, type Show } from './query.ts';
import { useFleet } from './use-fleet.ts';

/** A search begins when so long nothing was typed, in ms. */
const TYPED_MS = 200;

function Filters({ counts }: { counts: FleetCounts | undefined }) {
  const query = queryOf(search.value);
  const [typed, setTyped] = useTyped('q', TYPED_MS);
  const groups = useLoad('groups', () => get<{ groups: { name: string; boards: number }[] }>('/groups'));
  const n = (count: number | undefined): string => (count === undefined ? '' : ` ${numberText(count)}`);
  const shows: [Show, string][] = [
    ['all', `All${n(counts?.all)}`],
    ['online', `Online${n(counts?.online)}`],
    ['offline', `Offline${n(counts && counts.approved - counts.online)}`],
    ['trouble', `Trouble${n(counts?.trouble)}`],
    ['pending', `Waiting${n(counts?.pending)}`],
    ['revoked', `Revoked${n(counts?.revoked)}`],
  ];
  return (
    <search class="filters">
      <div class="search">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          aria-label="Search boards"
          placeholder="Alias, group, version or key"
          maxLength={SEARCH_LIMIT}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      <div class="scroll-x">
        <Segments
          label="Boards shown"
          options={shows}
          value={query.show}
          onChange={(show) => setSearch({ show: show === 'all' ? '' : show })}
        />
      </div>
      <select
        class="input"
        aria-label="Group"
        value={query.group}
        onChange={(event) => setSearch({ group: event.currentTarget.value })}
      >
        <option value="">Every group</option>
        {groups.data?.groups.map(({ name, boards }) => (
          <option key={name} value={name}>
            {`${name} (${boards})`}
          </option>
        ))}
      </select>
    </search>
  );
}

function NoBoards() {
  return (
    <Empty title="No board is here yet">
      <p class="muted">
        Make a token for the first one, write it onto the board, and it shows up here within seconds of its
        first connection.
      </p>
      {may('operate') && (
        <a class="button main" href="/enrol">
          Enrol a board
        </a>
      )}
    </Empty>
  );
}

/** Every board, at a glance. */
export function FleetView() {
  const query = queryOf(search.value);
  const fleet = useFleet(query);
  const { total, counts, error } = fleet;
  return (
    <View
      title="Fleet"
      beside={total !== undefined && <output class="muted">{counted(total, 'board')}</output>}
      actions={
        may('operate') && (
          <a class="button" href="/enrol">
            <Icon name="plus" />
            Enrol a board
          </a>
        )
      }
    >
      {error !== undefined && <Notice kind="bad">{error}</Notice>}
      {counts?.all === 0 ? (
        <div class="card">
          <NoBoards />
        </div>
      ) : (
        <>
          <Filters counts={counts} />
          {total === 0 ? (
            <div class="card">
              <Empty title="No board fits">
                <button
                  type="button"
                  class="button"
                  onClick={() => setSearch({ q: '', show: '', group: '' })}
                >
                  Show all boards
                </button>
              </Empty>
            </div>
          ) : (
            <FleetTable fleet={fleet} sort={query.sort} />
          )}
        </>
      )}
    </View>
  );
}
