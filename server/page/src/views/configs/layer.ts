import { path } from '../../api.ts';

/** A layer of config: the fleet's, a group's or a board's. */
export interface LayerKey {
  kind: 'fleet' | 'groups' | 'boards';
  name: string;
}

/** Where the API has a layer. Pure. */
export const layerPath = ({ kind, name }: LayerKey): string =>
  kind === 'fleet' ? path('configs', 'fleet') : path('configs', kind, name);

/** Where the page has it. */
export const layerLink = layerPath;

/** Pure. */
export const layerTitle = ({ kind, name }: LayerKey): string =>
  kind === 'fleet'
    ? 'Config of the fleet'
    : kind === 'groups'
      ? `Config of the group ${name}`
      : `Config of ${name}`;

/** The key of a layer as the API lists it, whose kinds are singular. Pure. */
export const keyOfListed = ({ kind, name }: { kind: string; name: string }): LayerKey => ({
  kind: kind === 'group' ? 'groups' : kind === 'board' ? 'boards' : 'fleet',
  name,
});

export const layerText = ({ kind, name }: LayerKey): string =>
  kind === 'fleet' ? 'the fleet' : kind === 'groups' ? `group ${name}` : `board ${name}`;
