/** What the API answers of configs, releases, rollouts and alerts. Times are Unix ms. */
export interface ConfigLayer {
  layer: string;
  version: number;
  text: string;
}

export interface LayerVersion {
  version: number;
  created: number;
  actor?: string;
  note?: string;
  bytes: number;
}

export interface ConfigFault {
  /** RFC 6901. */
  pointer: string;
  message: string;
  hint?: string;
  alias?: string;
}

export interface PatchStep {
  path: string;
  before?: unknown;
  after?: unknown;
}

export interface CheckAnswer {
  ok: boolean;
  faults: ConfigFault[];
  changes: { alias: string; patch: PatchStep[] }[];
  boards: number;
}

export interface EffectiveConfig {
  version: number;
  text: string;
  items: unknown[];
  layers: { layer: string; version: number }[];
  state: 'current' | 'pending' | 'refused';
  refusal?: string;
}

export interface Release {
  platform: string;
  version: string;
  sequence: number;
  length: number;
  sha256: string;
  created: number;
  wanted: boolean;
  held?: boolean;
}

export interface Wave {
  percent: number;
  soak: number;
}

export interface UpdateWindow {
  days: number[];
  from: number;
  to: number;
  zone: string;
}

export interface RolloutLimits {
  failures: number;
  silent: number;
  least: number;
  silence: number;
  enough: number;
  atOnce: number;
  tries: number;
}

export interface RolloutSpec {
  version: string;
  groups?: string[];
  platforms?: string[];
  waves: Wave[];
  limits: RolloutLimits;
  window?: UpdateWindow;
  downgrade?: boolean;
}

export type Phase = 'waiting' | 'running' | 'paused' | 'aborted' | 'done';

export interface Rollout {
  id: number;
  spec: RolloutSpec;
  state: { phase: Phase; wave: number; back?: boolean };
  text: string;
  next?: number;
  created: number;
  counts: {
    selected: number;
    reached: number;
    stages: Record<'offered' | 'fetching' | 'trial' | 'done' | 'waiting' | 'failed', number>;
    silent: number;
    newer: number;
    open: number;
    atRisk: number;
  };
  missing: string[];
  troubled: { alias: string; stage: string; silent: boolean; code?: string; tries: number }[];
}

export interface Pin {
  kind: 'board' | 'group';
  name: string;
  version: string;
  created?: number;
}

export interface Alert {
  id: string | number;
  rule: string | number;
  name: string;
  alias: string;
  item?: string;
  state: 'firing' | 'acknowledged' | 'resolved';
  severity?: Severity;
  since: number;
  value?: number | string;
  acknowledgedBy?: string;
  acknowledgedAt?: number;
  resolved?: number;
}

export type Severity = 'info' | 'warning' | 'critical';
export type RuleFor = { fleet: true } | { group: string } | { board: string };
export type RuleWhen =
  | { item: string; above?: number; below?: number; clear?: number; for?: number }
  | { silence: number }
  | { item: string; rate: { above?: number; below?: number; per: number } };

export interface AlertRule {
  id: string | number;
  name: string;
  for: RuleFor;
  when: RuleWhen;
  severity: Severity;
}
