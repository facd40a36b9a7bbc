import { setImmediate as turn } from 'node:timers/promises';
import type { LiveServer } from '../commands/live.ts';
import type { Store } from '../store/contract.ts';
import type { NewConfig } from '../store/layer-contract.ts';
import { inTurn } from './in-turn.ts';
import { loadLayers, planBoards } from './plan.ts';

/** Configs that are stored in one transaction. */
const CONFIGS_AT_ONCE = 200;

interface Place {
  store: Store;
  live?: LiveServer;
  now(): number;
}

/** Stores the configs of a plan, within the turn in which it was made, and tells the boards that are connected. */
export async function applyConfigs(
  { store, live, now }: Place,
  configs: readonly NewConfig[],
): Promise<void> {
  for (let from = 0; from < configs.length; from += CONFIGS_AT_ONCE) {
    const some = configs.slice(from, from + CONFIGS_AT_ONCE);
    await store.addConfigs(some, now());
    for (const { alias } of some) await live?.configChanged(alias);
    await turn();
  }
}

/**
 * Makes the configs of these boards, or of all, what their layers say: after groups changed, and after a power cut between a
 * change of a layer and the last board's config. A board whose layers make no valid config keeps the one that it has.
 * @returns the faults
 */
export const settleLayers = (place: Place, aliases?: string[]): Promise<{ alias: string; text: string }[]> =>
  inTurn(place.store, () => settle(place, aliases));

async function settle(place: Place, aliases?: string[]): Promise<{ alias: string; text: string }[]> {
  const facts = await loadLayers(place.store);
  const { set } = facts;
  if (set.fleet === undefined && set.groups.size === 0 && set.boards.size === 0) return [];
  const { changes, faults } = await planBoards(place.store, facts, aliases ?? [...facts.aliases]);
  await applyConfigs(place, changes);
  return faults.map(({ alias, pointer, message }) => ({ alias, text: `${pointer}: ${message}` }));
}
