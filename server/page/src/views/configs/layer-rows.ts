import { keyOfListed, type LayerKey, layerLink } from './layer.ts';
import type { LayerHead } from './types.ts';

/** A layer that there is, or could be. */
export interface LayerRow {
  key: LayerKey;
  head?: LayerHead;
  /** Of a group. */
  boards?: number;
}

/** Layers of boards that are drawn at once. */
export const LAYERS_SHOWN = 100;

/** The fleet, every group, and what else has a layer. Pure. */
export function layerRows(
  layers: readonly LayerHead[],
  groups: readonly { name: string; boards: number }[],
): LayerRow[] {
  const rows = new Map<string, LayerRow>();
  const put = (row: LayerRow): void =>
    void rows.set(layerLink(row.key), { ...rows.get(layerLink(row.key)), ...row });
  put({ key: { kind: 'fleet', name: '' } });
  for (const { name, boards } of groups) put({ key: { kind: 'groups', name }, boards });
  for (const head of layers) put({ key: keyOfListed(head), head });
  return [...rows.values()];
}

/** The rows whose name or note has the text, as many as are drawn, and how many more there are. Pure. */
export function found(rows: readonly LayerRow[], text: string): { shown: LayerRow[]; more: number } {
  const part = text.trim().toLowerCase();
  const all = rows.filter(({ key, head }) => `${key.name}\n${head?.note ?? ''}`.toLowerCase().includes(part));
  return { shown: all.slice(0, LAYERS_SHOWN), more: Math.max(0, all.length - LAYERS_SHOWN) };
}
