import type { LatestItem } from '../../api-types.ts';
import type { Record as LiveRecord } from '../../live.ts';

const NATURAL = new Intl.Collator('en', { numeric: true });

/** The newest values after a record came; an older record changes nothing. Pure. */
export function withRecord(items: readonly LatestItem[], record: LiveRecord): LatestItem[] {
  const { timestamp: at, per, values, errors } = record;
  const found = new Map(items.map((item) => [item.name, item]));
  const put = (name: string, told: Pick<LatestItem, 'value'> | Pick<LatestItem, 'error'>): void => {
    const before = found.get(name);
    if (before !== undefined && before.at > at) return;
    const unit = before?.unit === undefined ? {} : { unit: before.unit };
    found.set(name, { name, ...unit, ...told, at, per });
  };
  for (const [name, value] of Object.entries(values)) put(name, { value });
  for (const [name, error] of Object.entries(errors)) put(name, { error });
  return [...found.values()].sort((a, b) => NATURAL.compare(a.name, b.name));
}

/** What was loaded, but for items that a record told something newer of meanwhile. Pure. */
export function withNewer(loaded: readonly LatestItem[], before: readonly LatestItem[] = []): LatestItem[] {
  const found = new Map(before.map((item) => [item.name, item]));
  return loaded.map((item) => {
    const own = found.get(item.name);
    return own !== undefined && own.at > item.at ? own : item;
  });
}

/** An item is late when nothing came for three of its periods, and a little. Pure. */
export const isLate = ({ at, per = 0 }: LatestItem, now: number): boolean => now - at > per * 3 + 30_000;
