import { useEffect, useState } from 'preact/hooks';
import { get, path } from '../../api.ts';
import type { LatestItem } from '../../api-types.ts';
import { onReconnect, watch } from '../../live.ts';
import { type Loaded, useLoad } from '../../use-load.ts';
import { withNewer, withRecord } from './latest.ts';

/** The newest value of each item, as records come. */
export function useLatest(alias: string): Loaded<LatestItem[]> {
  const loaded = useLoad(`latest ${alias}`, async (signal) => {
    const { items } = await get<{ items: LatestItem[] }>(
      `${path('devices', alias)}/latest`,
      undefined,
      signal,
    );
    return items;
  });
  const { reload } = loaded;
  useEffect(() => onReconnect(reload), [reload]);
  const [items, setItems] = useState<LatestItem[]>();
  useEffect(() => {
    const { data } = loaded;
    setItems((before) => data && withNewer(data, before));
  }, [loaded.data]);
  useEffect(
    () =>
      watch(
        'records',
        (record) => {
          if (record.alias === alias) setItems((before) => before && withRecord(before, record));
        },
        alias,
      ),
    [alias],
  );
  return { ...loaded, data: loaded.data && (items ?? loaded.data) };
}
