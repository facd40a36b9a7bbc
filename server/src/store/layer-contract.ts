/** What a layer of config is for; `name` is a group, an alias, or '' for the whole fleet. */
export interface LayerKey {
  kind: 'fleet' | 'group' | 'board';
  name: string;
}

/** A part of boards' configs: JSON that is merged over the layers before it (RFC 7396). */
export interface Layer extends LayerKey {
  version: number; // 1, 2, 3, ... per layer
  text: string;
  created: number; // Unix ms
  actor: string;
  note?: string;
}

/** A version as histories list it; `text` is null where the layer was taken away. */
export type LayerVersion = Omit<Layer, 'text'> & { text: string | null };

/** Versions that are kept of a layer. */
export const LAYER_VERSIONS_KEPT = 50;

/** A config that a board should have from now on. */
export interface NewConfig {
  alias: string;
  text: string;
  items: string[];
}

/** The part of Store that keeps layers. */
export interface LayerStore {
  /** The newest version of each layer that is there. */
  layers(): Promise<Layer[]>;
  /** A version of a layer, or its newest, also when it was taken away. */
  layer(key: LayerKey, version?: number): Promise<LayerVersion | undefined>;
  /** Newest first. */
  layerVersions(key: LayerKey): Promise<LayerVersion[]>;
  /**
   * Adds the next version of a layer; a null text takes it away. Undefined, and nothing is stored, when its newest version is
   * not `expected` (0: there is none).
   */
  setLayer(layer: Omit<LayerVersion, 'version'>, expected: number): Promise<LayerVersion | undefined>;
  /** Adds the next config version of each of these aliases, all or none. */
  addConfigs(configs: readonly NewConfig[], now: number): Promise<void>;
}
