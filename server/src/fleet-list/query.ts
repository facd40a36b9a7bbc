import type { DeviceSummary } from './summary.ts';

export const SORTS = [
  'alias',
  '-lastSeen',
  'lastSeen',
  'version',
  '-version',
  'firstSeen',
  '-firstSeen',
  'health',
] as const;
export type Sort = (typeof SORTS)[number];

/** Boards of a page, at most. */
export const DEVICES_PAGE = 500;

export interface FleetQuery {
  /** Part of alias, group, platform, version or fingerprint, in any case. */
  search?: string;
  group?: string;
  status?: DeviceSummary['status'];
  online?: boolean;
  health?: DeviceSummary['health'];
  /** Whether other keys of the alias wait to be let in. */
  waiting?: boolean;
  sort?: Sort;
  /** Where the page begins. */
  offset?: number;
  limit?: number;
}

export interface FleetCounts {
  all: number;
  approved: number;
  pending: number;
  revoked: number;
  online: number;
  trouble: number;
}

const contains = (text: string, part: string): boolean => text.toLowerCase().includes(part);

/** True for a board that a query means. Pure. */
export function isMeant(device: DeviceSummary, query: FleetQuery): boolean {
  if (query.status !== undefined && device.status !== query.status) return false;
  if (query.online !== undefined && device.online !== query.online) return false;
  if (query.health !== undefined && device.health !== query.health) return false;
  if (query.waiting !== undefined && device.waiting > 0 !== query.waiting) return false;
  if (query.group !== undefined && !device.groups.includes(query.group)) return false;
  const part = query.search?.trim().toLowerCase() ?? '';
  if (part === '') return true;
  const { alias, platform, version, fingerprint, groups } = device;
  return [alias, platform, version, fingerprint, ...groups].some((text) => contains(text, part));
}

/** Versions by their numbers, and as texts where those are equal. Pure. */
function compareVersions(a: string, b: string): number {
  const numbers = (version: string): number[] => version.split(/[.-]/, 3).map(Number);
  const [x, y] = [numbers(a), numbers(b)];
  for (let at = 0; at < 3; at++) {
    const difference = (x[at] ?? 0) - (y[at] ?? 0);
    if (difference) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

const COMPARES: Record<string, (a: DeviceSummary, b: DeviceSummary) => number> = {
  alias: () => 0,
  lastSeen: (a, b) => a.lastSeen - b.lastSeen,
  firstSeen: (a, b) => a.firstSeen - b.firstSeen,
  version: (a, b) => compareVersions(a.version, b.version),
  health: (a, b) =>
    a.health === b.health ? Number(a.online) - Number(b.online) : a.health === 'trouble' ? -1 : 1,
};

/** Boards that are equal otherwise stand by alias, as people count: pi-2 before pi-10. Pure. */
export function ordered(devices: readonly DeviceSummary[], sort: Sort): DeviceSummary[] {
  const descending = sort.startsWith('-');
  const compare = COMPARES[descending ? sort.slice(1) : sort]!;
  // The list comes by alias, and sorting is stable.
  if (sort === 'alias') return [...devices];
  return devices.toSorted((a, b) => (descending ? compare(b, a) : compare(a, b)));
}

const NATURAL = new Intl.Collator('en', { numeric: true });
/** Pure. */
export const byAlias = (devices: readonly DeviceSummary[]): DeviceSummary[] =>
  devices.toSorted((a, b) => NATURAL.compare(a.alias, b.alias));

/** Pure. */
export function countsOf(devices: readonly DeviceSummary[]): FleetCounts {
  const counts: FleetCounts = { all: 0, approved: 0, pending: 0, revoked: 0, online: 0, trouble: 0 };
  for (const { status, online, health } of devices) {
    counts.all += 1;
    counts[status] += 1;
    if (online) counts.online += 1;
    if (health === 'trouble') counts.trouble += 1;
  }
  return counts;
}

/** A page of the boards that a query means; `devices` by alias. Pure. */
export function pageOf(
  devices: readonly DeviceSummary[],
  query: FleetQuery,
): { devices: DeviceSummary[]; total: number; next: number | null } {
  const meant = ordered(
    devices.filter((device) => isMeant(device, query)),
    query.sort ?? 'alias',
  );
  const offset = query.offset ?? 0;
  const end = offset + Math.min(query.limit ?? 100, DEVICES_PAGE);
  return { devices: meant.slice(offset, end), total: meant.length, next: end < meant.length ? end : null };
}
