import { formatDuration } from '@perch/broker-bridge/config/duration.ts';
import type { AlertRule, RuleCondition, RuleScope } from '../store/alert-contract.ts';

const span = (ms: number): string => formatDuration(ms);
const number = (value: number): string => String(Number(value.toPrecision(6)));

/** Such as "air.t over 30 for 5m". */
export function conditionText(when: RuleCondition): string {
  if ('silence' in when) return `not heard for ${span(when.silence)}`;
  if ('rate' in when)
    return `${when.item} changes by more than ${number(when.rate)} within ${span(when.per)}`;
  const bound = 'above' in when ? `over ${number(when.above)}` : `under ${number(when.below)}`;
  return `${when.item} ${bound}${when.for ? ` for ${span(when.for)}` : ''}`;
}

export const scopeText = (scope: RuleScope): string =>
  'fleet' in scope
    ? 'every board'
    : 'group' in scope
      ? `the group ${scope.group}`
      : `the board ${scope.board}`;

/** What an alert says when it begins. */
export const alertText = ({ name, when }: Pick<AlertRule, 'name' | 'when'>, value?: number): string =>
  `${name}: ${conditionText(when)}${value === undefined ? '' : ` (${number(value)})`}`;
