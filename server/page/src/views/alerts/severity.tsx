import type { Alert, Severity } from '../../api-types-fleet.ts';
import { State, type StateKind } from '../../parts/state.tsx';

const KINDS: Record<Severity, StateKind> = { info: 'info', warning: 'warn', critical: 'bad' };

export const SeverityState = ({ severity }: { severity: Severity }) => (
  <State kind={KINDS[severity]}>{severity}</State>
);

/** How an alert stands. */
export function AlertState({ alert: { state, severity } }: { alert: Alert }) {
  if (state === 'resolved') return <State kind="ok">over</State>;
  if (state === 'acknowledged') return <State kind="wait">seen to</State>;
  return <SeverityState severity={severity} />;
}
