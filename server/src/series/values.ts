import type { Feed } from '../feed.ts';
import type { Store } from '../store/contract.ts';
import { LatestValues } from './latest.ts';
import { Turns } from './turns.ts';
import { Units } from './units.ts';

/** What reads the values that boards sent. */
export interface Values {
  latest: LatestValues;
  turns: Turns;
  units: Units;
}

export function readValues({ store, feed }: { store: Store; feed: Feed }): Values {
  const turns = new Turns();
  const units = new Units(store);
  const latest = new LatestValues({ store, feed, turns, units: (alias) => units.of(alias) });
  return { latest, turns, units };
}
