/** What the API answers of configs, releases, rollouts and alerts. Times are Unix ms. */
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
  id: number;
  rule: string;
  name: string;
  severity: Severity;
  alias: string;
  item?: string;
  state: 'firing' | 'acknowledged' | 'resolved';
  since: number;
  value?: number;
  text: string;
  acknowledgedBy?: string;
  acknowledgedAt?: number;
  note?: string;
  ended?: number;
}

export type Severity = 'info' | 'warning' | 'critical';
export type RuleScope = { fleet: true } | { group: string } | { board: string };
/** `for`, `per` and `silence` in ms. */
export type RuleWhen =
  | { item: string; above: number; hysteresis?: number; for?: number }
  | { item: string; below: number; hysteresis?: number; for?: number }
  | { item: string; rate: number; per: number; hysteresis?: number }
  | { silence: number };

export interface NewRule {
  name: string;
  scope: RuleScope;
  when: RuleWhen;
  severity: Severity;
  enabled: boolean;
}

export interface AlertRule extends NewRule {
  id: string;
  version: number;
  created: number;
}
