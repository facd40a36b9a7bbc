/** What of the fleet is shown. */
export const SHOWS = ['all', 'online', 'offline', 'trouble', 'pending', 'revoked'] as const;
export type Show = (typeof SHOWS)[number];
/** Columns that the server sorts by. */
export const SORTED = ['alias', 'health', 'version', 'lastSeen'] as const;
export type Sorted = (typeof SORTED)[number];

export interface FleetQuery {
  search: string;
  show: Show;
  group: string;
  sort: string;
}

/** Longest search that the server takes, in characters. */
export const SEARCH_LIMIT = 100;

/** The query of an address of the page. Pure. */
export function queryOf(search: URLSearchParams): FleetQuery {
  return {
    search: (search.get('q') ?? '').slice(0, SEARCH_LIMIT),
    show: SHOWS.find((show) => show === search.get('show')) ?? 'all',
    group: search.get('group') ?? '',
    sort: search.get('sort') ?? 'alias',
  };
}

const FILTERS: Record<Show, Record<string, string | boolean>> = {
  all: {},
  online: { online: true },
  offline: { status: 'approved', online: false },
  trouble: { health: 'trouble' },
  pending: { status: 'pending' },
  revoked: { status: 'revoked' },
};

/** The query as the API takes it. Pure. */
export const apiQuery = ({ search, show, group, sort }: FleetQuery): Record<string, string | boolean> => ({
  ...FILTERS[show],
  ...(search.trim() === '' ? {} : { search: search.trim() }),
  ...(group === '' ? {} : { group }),
  sort,
});

/** Where a column's first click leads: what is newest or worst comes first. */
const FIRST: Record<Sorted, string> = {
  alias: 'alias',
  health: 'health',
  version: 'version',
  lastSeen: '-lastSeen',
};
/** The server has no order of these the other way. */
const ONE_WAY: ReadonlySet<Sorted> = new Set(['alias', 'health']);

/** The order after a click on a column's head. Pure. */
export function nextSort(now: string, column: Sorted): string {
  if (now.replace(/^-/, '') !== column) return FIRST[column];
  if (ONE_WAY.has(column)) return 'alias';
  return now.startsWith('-') ? column : `-${column}`;
}

/** How a column's head tells its order (ARIA). Pure. */
export function ariaSort(now: string, column: Sorted): 'ascending' | 'descending' | undefined {
  if (now.replace(/^-/, '') !== column) return undefined;
  return now.startsWith('-') ? 'descending' : 'ascending';
}
