import type { Store } from '../store/contract.ts';

const lasts = new WeakMap<Store, Promise<unknown>>();

/**
 * One after the other: whatever makes boards' configs of layers, from the look at the layers to the last board's config. Two at a
 * time would each leave boards with what the other one knew nothing of.
 */
export function inTurn<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const done = (lasts.get(store) ?? Promise.resolve()).then(work);
  lasts.set(
    store,
    done.catch(() => undefined),
  );
  return done;
}
