/** What an alert rule is for: every board, those of a group, or one. */
export type RuleScope = { fleet: true } | { group: string } | { board: string };

/**
 * When a rule fires. `above`/`below`: a value of the item is over or under the bound, for at least `for` ms; it ends when the
 * value is back by `hysteresis`. `rate`: the item changes by more than that in `per` ms. `silence`: the board was not heard for
 * so many ms.
 */
export type RuleCondition =
  | { item: string; above: number; hysteresis?: number; for?: number }
  | { item: string; below: number; hysteresis?: number; for?: number }
  | { item: string; rate: number; per: number; hysteresis?: number }
  | { silence: number };

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface AlertRule {
  id: string; // 12 hex digits
  name: string;
  scope: RuleScope;
  when: RuleCondition;
  severity: Severity;
  enabled: boolean;
  /** Counts the changes of the rule. */
  version: number;
  created: number; // Unix ms
}

/** That a rule fires for a board: from `since` on, until it is over (`ended`). Its row stays as history. */
export interface Alert {
  id: number;
  rule: string;
  /** Name and severity of the rule as they were. */
  name: string;
  severity: Severity;
  alias: string;
  item?: string;
  state: 'firing' | 'acknowledged' | 'resolved';
  since: number; // Unix ms
  /** The value that made it fire; for a rate, the change. */
  value?: number;
  /** One line for people. */
  text: string;
  acknowledgedBy?: string;
  acknowledgedAt?: number;
  note?: string;
  ended?: number;
}

export const RULES_LIMIT = 200;
/** Alerts that are kept; over it the oldest that have ended go. */
export const ALERTS_KEPT = 20_000;
/** Alerts that are not over, at most: more boards in trouble than that are one trouble. */
export const ALERTS_OPEN_LIMIT = 10_000;
export const ALERTS_PAGE = 500;

export interface AlertQuery {
  state?: Alert['state'] | 'open';
  alias?: string;
  rule?: string;
  /** Only those before this id. */
  before?: number;
  limit?: number;
}

/** The part of Store that keeps alert rules and alerts. */
export interface AlertStore {
  alertRules(): Promise<AlertRule[]>;
  /** Adds a rule, or changes it where its version is the one before; false where it is not. Rejects (BUSY) past RULES_LIMIT. */
  putAlertRule(rule: AlertRule): Promise<boolean>;
  /** Its open alerts end. False when there is none of that version. */
  removeAlertRule(id: string, version: number, now: number): Promise<boolean>;
  /** Adds alerts that fire; each gets its id. Beyond ALERTS_OPEN_LIMIT they are left out. */
  addAlerts(alerts: readonly Omit<Alert, 'id'>[]): Promise<Alert[]>;
  /**
   * Changes alerts that are there, and resolves with those. Only one that fires can be acknowledged: another, such as one that
   * ended a moment ago, stays as it is and is left out.
   */
  updateAlerts(changes: readonly (Pick<Alert, 'id'> & Partial<Omit<Alert, 'id'>>)[]): Promise<Alert[]>;
  /** Newest first, at most ALERTS_PAGE; all that are open with `state: 'open'` and no limit. */
  alerts(query?: AlertQuery): Promise<Alert[]>;
}
