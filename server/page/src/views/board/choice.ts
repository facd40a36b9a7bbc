import type { LatestItem } from '../../api-types.ts';

/** Charts at first. */
const FIRST = 2;

/** True for what has numbers over time; what cannot be read now may have had some. Pure. */
export const isChartable = ({ value, error }: LatestItem): boolean =>
  typeof value === 'number' || error !== undefined;

/** Figures of the machine, which are charted when there is nothing else. */
const isDull = ({ unit }: LatestItem): boolean => unit === undefined || ['By', '1', 's'].includes(unit);

/** What is charted until somebody chooses: those of `before`, and the most telling others until there are enough. Pure. */
export function firstChoice(items: readonly LatestItem[], before: readonly string[]): string[] {
  const others = items
    .filter((item) => isChartable(item) && !before.includes(item.name))
    .toSorted((a, b) => Number(isDull(a)) - Number(isDull(b)))
    .map(({ name }) => name);
  return [...before, ...others].slice(0, FIRST);
}
