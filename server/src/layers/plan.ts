import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ConfigFault } from '@perch/broker-bridge/config/parse.ts';
import type { Store } from '../store/contract.ts';
import type { Layer, LayerKey, NewConfig } from '../store/layer-contract.ts';
import { type CheckedConfig, checkConfig } from './check.ts';
import { boardsOf, effectiveText, type LayerSet, layerSetOf, layersOf } from './effective.ts';

/** Faults of boards that are told of one change: the first is mostly that of all others. */
export const FAULTS_SHOWN = 20;
/** Boards that are looked at before others have their turn. */
const BOARDS_AT_ONCE = 100;

/** What a change of layers means, before anything is stored. */
export interface LayerPlan {
  /** Boards that it is for. */
  boards: string[];
  /** Those whose config it changes, with the one that they have now. */
  changes: (NewConfig & { before: string | undefined })[];
  /** Why it cannot be; `alias`: the board whose config would not be valid. */
  faults: (ConfigFault & { alias: string })[];
}

interface Facts {
  set: LayerSet;
  groups: ReadonlyMap<string, readonly string[]>;
  aliases: ReadonlySet<string>;
}

/** All layers, groups, and boards that the server knows or has a config for. */
export async function loadLayers(store: Store): Promise<Facts> {
  const layers = await store.layers();
  const groups = await store.groups();
  const aliases = new Set((await store.devices()).map(({ alias }) => alias));
  for (const alias of (await store.configVersions()).keys()) aliases.add(alias);
  return { set: layerSetOf(layers), groups, aliases };
}

/** The layers of one board, as layersOf has them. */
export async function loadLayersOf(store: Store, alias: string): Promise<Layer[]> {
  const keys: LayerKey[] = [
    { kind: 'fleet', name: '' },
    ...(await store.groupsOf(alias)).map((name) => ({ kind: 'group' as const, name })),
    { kind: 'board', name: alias },
  ];
  const layers: Layer[] = [];
  for (const key of keys) {
    const layer = await store.layer(key);
    if (layer !== undefined && layer.text !== null) layers.push({ ...layer, text: layer.text });
  }
  return layers;
}

/** The layers with one of them changed; a null text takes it away. Pure. */
function withLayer({ set, ...facts }: Facts, key: LayerKey, text: string | null): Facts {
  const rest = [...(set.fleet ? [set.fleet] : []), ...set.groups.values(), ...set.boards.values()].filter(
    (layer) => layer.kind !== key.kind || layer.name !== key.name,
  );
  const changed: Layer[] = text === null ? [] : [{ ...key, text, version: 0, created: 0, actor: '' }];
  return { ...facts, set: layerSetOf([...rest, ...changed]) };
}

/** What was merged differs in its spaces from what an author wrote: boards need not hear of that. Pure. */
const isSame = (before: string, text: string, layers: readonly Layer[]): boolean =>
  before === text ||
  (layers.some(({ kind }) => kind !== 'board') && isDeepStrictEqual(JSON.parse(before), JSON.parse(text)));

/** What becomes of the configs of these boards by these layers. */
export async function planBoards(store: Store, { set, groups }: Facts, boards: string[]): Promise<LayerPlan> {
  const checked = new Map<string, CheckedConfig>();
  const plan: LayerPlan = { boards, changes: [], faults: [] };
  for (const [index, alias] of boards.entries()) {
    if (index % BOARDS_AT_ONCE === BOARDS_AT_ONCE - 1) await turn();
    const layers = layersOf(set, alias, groups.get(alias) ?? []);
    const text = effectiveText(layers);
    const before = (await store.config(alias))?.text;
    if (before !== undefined && isSame(before, text, layers)) continue;
    const found = checked.get(text) ?? checkConfig(text);
    checked.set(text, found);
    if (found.ok) plan.changes.push({ alias, text, items: found.names, before });
    else if (plan.faults.length < FAULTS_SHOWN)
      plan.faults.push(...found.faults.map((fault) => ({ ...fault, alias })).slice(0, FAULTS_SHOWN));
  }
  return plan;
}

/** What a change of one layer means. A layer that no board has yet is tried with the default config. */
export async function planLayer(store: Store, key: LayerKey, text: string | null): Promise<LayerPlan> {
  const facts = withLayer(await loadLayers(store), key, text);
  const boards = boardsOf(key, facts.aliases, facts.groups);
  if (boards.length > 0 || text === null) return planBoards(store, facts, boards);
  const { set } = facts;
  const group = key.kind === 'group' ? [key.name] : [];
  const found = checkConfig(effectiveText(layersOf(set, '', group)));
  const faults = found.ok ? [] : found.faults.map((fault) => ({ ...fault, alias: '' }));
  return { boards, changes: [], faults };
}
