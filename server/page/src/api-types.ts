/** What the API answers, as the page uses it. Times are Unix ms. */
export type Scope = 'read' | 'operate' | 'admin';

export interface Session {
  name: string;
  scope: Scope;
  csrf?: string;
  expires?: number;
}

/** A browser that is logged in. */
export interface LoggedIn {
  id: string;
  name: string;
  scope: Scope;
  created: number;
  expires: number;
  used?: number;
  /** The one that asks. */
  own: boolean;
}

export interface DeviceSummary {
  alias: string;
  fingerprint: string;
  status: 'approved' | 'pending' | 'revoked';
  platform: string;
  version: string;
  configVersion: number;
  configWanted: number;
  online: boolean;
  health: 'ok' | 'trouble';
  troubles: string[];
  groups: string[];
  firstSeen: number;
  lastSeen: number;
  refused?: { version: number; text: string };
  update?: { sequence: number; state: string; error?: string; progress?: number; detail?: string };
  restart?: { reason: string; count: number; detail?: string; at: number };
  /** Other keys of the alias that wait. */
  waiting: number;
  /** Alerts that are not over. */
  alerts: number;
}

export interface FleetCounts {
  all: number;
  approved: number;
  pending: number;
  revoked: number;
  online: number;
  trouble: number;
}

export interface DevicePage {
  devices: DeviceSummary[];
  next: number | null;
  total: number;
  counts: FleetCounts;
}

export interface DeviceKey {
  alias: string;
  fingerprint: string;
  status: DeviceSummary['status'];
  platform: string;
  version: string;
  firstSeen: number;
  lastSeen: number;
}

export interface DeviceDetail {
  device: DeviceSummary;
  keys: DeviceKey[];
  /** The rollout that says what it should run. */
  rollout?: { id: number };
}

export type Value = number | string | boolean;

export interface LatestItem {
  name: string;
  unit?: string;
  value?: Value;
  error?: string;
  at: number;
  per?: number;
}

export interface Series {
  name: string;
  unit?: string;
  t: number[];
  mean: (number | null)[];
  min?: (number | null)[];
  max?: (number | null)[];
}

/** When an item could not be read: `n` times in each bucket. */
export interface SeriesErrors {
  name: string;
  t: number[];
  n: number[];
}

export interface Gap {
  since: number;
  until: number;
  /** Records of it that are not stored. */
  missing: number;
  why: string;
}

export interface SeriesAnswer {
  since: number;
  until: number;
  bucket: number;
  source: 'raw' | 'hours';
  series: Series[];
  errors: SeriesErrors[];
  gaps: Gap[];
}

export interface FleetEvent {
  id: number;
  at: number;
  actor: string;
  kind: string;
  alias?: string;
  text: string;
  data?: Record<string, unknown>;
}

export interface Enrolment {
  alias: string;
  token: string;
  broker: string;
  expires: number;
  replaces: boolean;
}

export interface ApiToken {
  id: string;
  name: string;
  scope: Scope;
  created: number;
  expires?: number;
  used?: number;
  /** Told once. */
  token?: string;
}

export interface ServerStatus {
  version: string;
  connected: boolean;
  sessions: number;
  records: number;
  [more: string]: unknown;
}
