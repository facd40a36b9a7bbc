import type { Feed } from '../feed.ts';
import type { LogEntry } from '../serve-options.ts';
import type { Store } from '../store/contract.ts';
import { HourKeeper } from './hour-keeper.ts';
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

/** Starts what keeps values while the server runs: hours, retention, and the latest of each item. */
export function startValues(options: {
  store: Store;
  feed: Feed;
  /** Unix ms */
  now(): number;
  log(entry: LogEntry): void;
}): Values & { close(): Promise<void> } {
  const values = readValues(options);
  const keeper = new HourKeeper(options);
  keeper.start();
  return {
    ...values,
    async close() {
      values.latest.close();
      await keeper.close();
    },
  };
}
