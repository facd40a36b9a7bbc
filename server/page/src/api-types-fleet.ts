// What the API answers of configs, releases, rollouts and alerts, as api-types.ts. Times are Unix ms.
import type { ConfigFault as Fault } from '@perch/broker-bridge/config/faults.ts';
import type { CommandResult } from '../../src/commands/commands.ts';
import type { AlertRule } from '../../src/store/alert-contract.ts';

export type { JsonChange as PatchStep } from '../../src/layers/json-diff.ts';
export type { Limits as RolloutLimits, Pin, RolloutSpec, Wave } from '../../src/rollout/facts.ts';
export type { RolloutStatus as Rollout } from '../../src/rollout/status.ts';
export type { Window as UpdateWindow } from '../../src/rollout/window.ts';
export type {
  Alert,
  AlertRule,
  RuleCondition as RuleWhen,
  RuleScope,
  Severity,
} from '../../src/store/alert-contract.ts';

/** `alias`: the board whose config it would spoil. The page's own faults have no hint. */
export type ConfigFault = Omit<Fault, 'hint'> & Partial<Pick<Fault, 'hint'>> & { alias?: string };
export type Release = CommandResult<'releaseList'>['releases'][number];
export type Phase = import('../../src/rollout/facts.ts').RolloutState['phase'];
export type NewRule = Omit<AlertRule, 'id' | 'version' | 'created'>;
