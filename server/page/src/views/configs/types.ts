import type { ConfigFault, PatchStep } from '../../api-types-fleet.ts';

/** A layer of config as the API has it; a text of null: there is none. */
export interface Layer {
  kind: string;
  name: string;
  version: number;
  text: string | null;
}

export interface LayerHead {
  kind: string;
  name: string;
  version: number;
  created: number;
  actor?: string;
  note?: string;
  bytes: number;
  /** This version took the layer away. */
  removed?: boolean;
}

export interface Check {
  ok: boolean;
  faults: ConfigFault[];
  boards: number;
  changed?: number;
  changes: { alias: string; changes: PatchStep[] }[];
}

export interface Done {
  version: number;
  boards: number;
  /** Boards that get another config. */
  changed: string[];
}

export interface BoardConfig {
  version: number;
  text: string;
  layers?: { kind: string; name: string; version: number }[];
}
