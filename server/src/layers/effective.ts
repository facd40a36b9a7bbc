import { DEFAULT_CONFIG_TEXT } from '@perch/broker-bridge/config/default-config.ts';
import type { Layer, LayerKey } from '../store/layer-contract.ts';
import { mergePatch } from './merge-patch.ts';

/** The layers that a board's config is made of, in the order in which they count: what comes later wins. */
export interface LayerSet {
  fleet?: Layer;
  groups: ReadonlyMap<string, Layer>;
  boards: ReadonlyMap<string, Layer>;
}

/** Layers by what they are for. Pure. */
export function layerSetOf(layers: readonly Layer[]): LayerSet {
  const groups = new Map<string, Layer>();
  const boards = new Map<string, Layer>();
  let fleet: Layer | undefined;
  for (const layer of layers) {
    if (layer.kind === 'fleet') fleet = layer;
    else (layer.kind === 'group' ? groups : boards).set(layer.name, layer);
  }
  return { ...(fleet === undefined ? {} : { fleet }), groups, boards };
}

/** The layers of a board: the fleet's, those of its groups by name, its own. Pure. */
export function layersOf(set: LayerSet, alias: string, groups: readonly string[]): Layer[] {
  const own = set.boards.get(alias);
  return [
    ...(set.fleet === undefined ? [] : [set.fleet]),
    ...groups.toSorted().flatMap((name) => set.groups.get(name) ?? []),
    ...(own === undefined ? [] : [own]),
  ];
}

/**
 * The text of the config that these layers make, each over those before and all over the default (RFC 7396). A board's own
 * layer that stands alone is taken as its author wrote it. Pure. @throws SyntaxError for a layer that is no JSON
 */
export function effectiveText(layers: readonly Layer[]): string {
  const [only] = layers;
  if (only === undefined) return DEFAULT_CONFIG_TEXT;
  if (layers.length === 1 && only.kind === 'board') return only.text;
  const merged = layers.reduce<unknown>(
    (below, { text }) => mergePatch(below, JSON.parse(text)),
    JSON.parse(DEFAULT_CONFIG_TEXT),
  );
  return `${JSON.stringify(merged, null, 2)}\n`;
}

/** Boards that a layer is for, of these. Pure. */
export function boardsOf(
  { kind, name }: LayerKey,
  aliases: Iterable<string>,
  groups: ReadonlyMap<string, readonly string[]>,
): string[] {
  const all = [...aliases];
  if (kind === 'fleet') return all;
  if (kind === 'board') return [name];
  return all.filter((alias) => groups.get(alias)?.includes(name));
}

/** `fleet`, `group NAME` or `board ALIAS`, for people. */
export const layerName = ({ kind, name }: LayerKey): string =>
  kind === 'fleet' ? 'the fleet' : `the ${kind} ${name}`;
