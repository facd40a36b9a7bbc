import type { DatabaseSync } from 'node:sqlite';
import { PerchError } from '@perch/broker-bridge/protocol/errors.ts';
import {
  ALERTS_KEPT,
  ALERTS_OPEN_LIMIT,
  ALERTS_PAGE,
  type Alert,
  type AlertQuery,
  type AlertRule,
  type AlertStore,
  RULES_LIMIT,
} from './alert-contract.ts';
import type { Doing, GroupCommit } from './group-commit.ts';

interface StoredAlert {
  id: number;
  rule: string;
  alias: string;
  state: Alert['state'];
  since: number;
  rest: string;
}

type Rest = Omit<Alert, 'id' | 'rule' | 'alias' | 'state' | 'since'>;

const alertOf = ({ rest, ...row }: StoredAlert): Alert => ({ ...row, ...(JSON.parse(rest) as Rest) });
const ruleOf = (row: Record<string, unknown>): AlertRule => JSON.parse(row.rule as string) as AlertRule;

/** Reads and writes of rules and alerts; `read` and `write` are those of the store, a write is a transaction. */
export function alertMethods(db: DatabaseSync, read: Doing, write: Doing, group: GroupCommit): AlertStore {
  const rules = db.prepare('SELECT rule FROM alert_rules ORDER BY created, id');
  const rule = db.prepare('SELECT rule FROM alert_rules WHERE id = ?');
  const countRules = db.prepare('SELECT count(*) AS count FROM alert_rules');
  const putRule = db.prepare(
    'INSERT INTO alert_rules VALUES (:id, :created, :rule) ON CONFLICT (id) DO UPDATE SET rule = :rule',
  );
  const dropRule = db.prepare('DELETE FROM alert_rules WHERE id = ?');
  const insert = db.prepare(
    'INSERT INTO alerts (rule, alias, state, since, rest) VALUES (:rule, :alias, :state, :since, :rest) RETURNING id',
  );
  const change = db.prepare('UPDATE alerts SET state = :state, rest = :rest WHERE id = :id');
  const one = db.prepare('SELECT * FROM alerts WHERE id = ?');
  const countOpen = db.prepare("SELECT count(*) AS count FROM alerts WHERE state <> 'resolved'");
  const openOf = db.prepare("SELECT * FROM alerts WHERE rule = ? AND state <> 'resolved'");
  const allOpen = db.prepare("SELECT * FROM alerts WHERE state <> 'resolved' ORDER BY id DESC");
  const trim = db.prepare(
    "DELETE FROM alerts WHERE state = 'resolved' AND id <= (SELECT max(id) FROM alerts) - ?",
  );
  const select = (state: string) =>
    db.prepare(
      `SELECT * FROM alerts WHERE ${state} AND id < :before AND (:alias IS NULL OR alias = :alias)
         AND (:rule IS NULL OR rule = :rule) ORDER BY id DESC LIMIT :limit`,
    );
  const pages = {
    all: select('true'),
    open: select("state <> 'resolved'"),
    firing: select("state = 'firing'"),
    acknowledged: select("state = 'acknowledged'"),
    resolved: select("state = 'resolved'"),
  };

  const current = (id: string): AlertRule | undefined => {
    const row = rule.get(id);
    return row === undefined ? undefined : ruleOf(row);
  };
  const put = (alert: Alert): Alert => {
    const { id, rule: _, alias: __, state, since: ___, ...rest } = alert;
    change.run({ id, state, rest: JSON.stringify(rest) });
    return alert;
  };

  return {
    alertRules: () => read(() => rules.all().map(ruleOf)),
    putAlertRule: (next) =>
      write(() => {
        const before = current(next.id);
        if ((before?.version ?? 0) !== next.version - 1) return false;
        if (before === undefined && Number(countRules.get()?.count) >= RULES_LIMIT)
          throw new PerchError('BUSY', `there are ${RULES_LIMIT} alert rules; remove some first`);
        putRule.run({ id: next.id, created: next.created, rule: JSON.stringify(next) });
        return true;
      }),
    removeAlertRule: (id, version, now) =>
      write(() => {
        if (current(id)?.version !== version) return false;
        dropRule.run(id);
        for (const row of openOf.all(id) as unknown as StoredAlert[])
          put({ ...alertOf(row), state: 'resolved', ended: now });
        return true;
      }),
    addAlerts: (alerts) =>
      alerts.length === 0
        ? Promise.resolve([])
        : group.add(alerts.length, () => {
            const room = Math.max(0, ALERTS_OPEN_LIMIT - Number(countOpen.get()?.count));
            const added = alerts.slice(0, room).map(({ rule: of, alias, state, since, ...rest }): Alert => {
              const row = insert.get({ rule: of, alias, state, since, rest: JSON.stringify(rest) });
              return { id: Number(row?.id), rule: of, alias, state, since, ...rest };
            });
            trim.run(ALERTS_KEPT);
            return added;
          }),
    updateAlerts: (changes) =>
      changes.length === 0
        ? Promise.resolve([])
        : group.add(changes.length, () =>
            changes.flatMap((each) => {
              const row = one.get(each.id) as unknown as StoredAlert | undefined;
              if (row === undefined || (each.state === 'acknowledged' && row.state !== 'firing')) return [];
              return [put({ ...alertOf(row), ...each })];
            }),
          ),
    alerts: (query: AlertQuery = {}) =>
      read(() => {
        const { state, alias, rule: of, before, limit } = query;
        const plain = [alias, of, before, limit].every((part) => part === undefined);
        const rows =
          state === 'open' && plain
            ? allOpen.all()
            : pages[state ?? 'all'].all({
                ...{ alias: alias ?? null, rule: of ?? null, before: before ?? Number.MAX_SAFE_INTEGER },
                limit: Math.floor(Math.max(0, Math.min(limit ?? ALERTS_PAGE, ALERTS_PAGE))),
              });
        return (rows as unknown as StoredAlert[]).map(alertOf);
      }),
  };
}
