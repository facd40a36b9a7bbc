import { type Static, Type } from '@sinclair/typebox';
import { newId } from '../http/secrets.ts';
import { ALERTS_PAGE, type Alert, type AlertRule, SEVERITIES } from '../store/alert-contract.ts';
import { command } from './context.ts';
import { GroupName } from './groups.ts';
import { CommandRefused } from './refusal.ts';

const closed = { additionalProperties: false };
const RuleName = Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' });
const Item = Type.String({ minLength: 1, maxLength: 128, description: 'such as air.t' });
/** Spans of rules, in ms: a second to 30 days. */
export const RULE_SPAN = { least: 1_000, most: 30 * 86_400_000 } as const;
const Span = Type.Integer({ minimum: RULE_SPAN.least, maximum: RULE_SPAN.most, description: 'ms' });
const Hysteresis = Type.Optional(Type.Number({ minimum: 0 }));
const For = Type.Optional(Type.Integer({ minimum: 0, maximum: RULE_SPAN.most, description: 'ms' }));

export const Scope = Type.Union([
  Type.Object({ fleet: Type.Literal(true) }, closed),
  Type.Object({ group: GroupName }, closed),
  Type.Object({ board: Type.String({ minLength: 1, maxLength: 64 }) }, closed),
]);
export const Condition = Type.Union([
  Type.Object({ item: Item, above: Type.Number(), hysteresis: Hysteresis, for: For }, closed),
  Type.Object({ item: Item, below: Type.Number(), hysteresis: Hysteresis, for: For }, closed),
  Type.Object(
    { item: Item, rate: Type.Number({ exclusiveMinimum: 0 }), per: Span, hysteresis: Hysteresis },
    closed,
  ),
  Type.Object({ silence: Span }, closed),
]);
const RuleParts = {
  name: RuleName,
  scope: Scope,
  when: Condition,
  severity: Type.Union(SEVERITIES.map((severity) => Type.Literal(severity))),
  enabled: Type.Optional(Type.Boolean()),
};
export const NewRule = Type.Object(RuleParts, closed);
const Id = Type.String({ pattern: '^[0-9a-f]{12}$' });

/** Made of what a schema has checked. Refuses a rule whose alerts could not end. */
function ruleOf(
  given: Static<typeof NewRule>,
  rest: Pick<AlertRule, 'id' | 'version' | 'created'>,
): AlertRule {
  const { when } = given;
  if ('rate' in when && when.hysteresis !== undefined && when.hysteresis > when.rate)
    throw new CommandRefused(
      `a hysteresis of ${when.hysteresis} with a rate of ${when.rate} makes alerts that never end; choose one of ${when.rate} at most`,
    );
  return { ...rest, ...given, enabled: given.enabled ?? true } as AlertRule;
}

export const alertRuleList = command(Type.Object({}, closed), async ({ store }) => ({
  rules: await store.alertRules(),
}));

export const alertRuleAdd = command(NewRule, async ({ store, live, now }, given) => {
  const rule = ruleOf(given, { id: newId(), version: 1, created: now() });
  await store.putAlertRule(rule);
  await live?.alertsChanged();
  return { rule };
});

/** A rule was changed by somebody else since it was looked at. */
export class RuleMoved extends CommandRefused {
  constructor(version: number) {
    super(`the rule has version ${version} now; look at it, and change that`, { version });
    this.name = 'RuleMoved';
  }
}

export const alertRuleSet = command(
  Type.Object({ id: Id, expect: Type.Optional(Type.Integer()), rule: NewRule }, closed),
  async ({ store, live }, { id, expect, rule: given }) => {
    const before = (await store.alertRules()).find((each) => each.id === id);
    if (before === undefined)
      throw new CommandRefused(`there is no alert rule ${id}; see perch-server alert rules`);
    if (expect !== undefined && expect !== before.version) throw new RuleMoved(before.version);
    const rule = ruleOf(given, { id, version: before.version + 1, created: before.created });
    if (!(await store.putAlertRule(rule))) throw new RuleMoved(before.version + 1);
    await live?.alertsChanged();
    return { rule };
  },
);

export const alertRuleRemove = command(
  Type.Object({ id: Id, expect: Type.Optional(Type.Integer()) }, closed),
  async ({ store, live, now }, { id, expect }) => {
    const rule = (await store.alertRules()).find((each) => each.id === id);
    if (rule === undefined)
      throw new CommandRefused(`there is no alert rule ${id}; see perch-server alert rules`);
    if ((expect ?? rule.version) !== rule.version || !(await store.removeAlertRule(id, rule.version, now())))
      throw new RuleMoved(rule.version);
    await live?.alertsChanged();
    return { rule };
  },
);

export const alertList = command(
  Type.Object(
    {
      state: Type.Optional(
        Type.Union(['open', 'firing', 'acknowledged', 'resolved'].map((state) => Type.Literal(state))),
      ),
      alias: Type.Optional(Type.String({ maxLength: 64 })),
      rule: Type.Optional(Id),
      before: Type.Optional(Type.Integer({ minimum: 1 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ALERTS_PAGE })),
    },
    closed,
  ),
  async ({ store }, query) => ({ alerts: await store.alerts({ limit: ALERTS_PAGE, ...query } as object) }),
);

/** Says that somebody sees to it: the alert stays until it is over, and is quiet meanwhile. */
export const alertAcknowledge = command(
  Type.Object(
    { id: Type.Integer({ minimum: 1 }), note: Type.Optional(Type.String({ maxLength: 200 })) },
    closed,
  ),
  async ({ store, live, now }, { id, note }, _, { actor }) => {
    const [alert] = await store.updateAlerts([
      {
        ...{ id, state: 'acknowledged', acknowledgedBy: actor, acknowledgedAt: now() },
        ...(note === undefined ? {} : { note }),
      },
    ]);
    if (alert === undefined)
      throw new CommandRefused(whyNot(id, (await store.alerts({ before: id + 1, limit: 1 }))[0]));
    live?.alertsTold([alert]);
    return { alert };
  },
);

/** Why an alert cannot be acknowledged. `next`: it, or the one before it if there is none. */
function whyNot(id: number, next: Alert | undefined): string {
  if (next?.id !== id) return `there is no alert ${id}; see perch-server alert list`;
  if (next.state === 'resolved') return `alert ${id} is over already`;
  return `${next.acknowledgedBy} has seen to alert ${id} already`;
}
