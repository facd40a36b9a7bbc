import type { AlertRule, NewRule, RuleScope, RuleWhen, Severity } from '../../api-types-fleet.ts';
import { exactSpan, readSpan } from '../../text/time.ts';
import { numberText } from '../../text/units.ts';

/** A rule as its form has it: texts. */
export interface RuleForm {
  name: string;
  scope: 'fleet' | 'group' | 'board';
  scopeName: string;
  kind: 'above' | 'below' | 'rate' | 'silence';
  item: string;
  bound: string;
  hysteresis: string;
  /** For how long a bound is passed, in how long a change happens, or for how long a board is silent. */
  span: string;
  severity: Severity;
  enabled: boolean;
}

export const NEW_RULE: RuleForm = {
  ...{
    name: '',
    scope: 'fleet',
    scopeName: '',
    kind: 'above',
    item: '',
    bound: '',
    hysteresis: '',
    span: '5min',
  },
  ...{ severity: 'warning', enabled: true },
};

/** Shortest and longest span of a rule, in ms. */
export const SPAN_LEAST = 1_000;
export const SPAN_MOST = 30 * 86_400_000;

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));
export type RuleFaults = Partial<
  Record<'name' | 'scopeName' | 'item' | 'bound' | 'hysteresis' | 'span', string>
>;

function spanFault({ kind, span }: RuleForm): string | false {
  const ms = readSpan(span);
  if (ms === undefined) return 'A time such as 30s, 5min or 2h';
  const least = kind === 'above' || kind === 'below' ? 0 : SPAN_LEAST;
  return (ms < least || ms > SPAN_MOST) && 'A second to 30 days';
}

/** What is wrong with a form, by field. Pure. */
export function ruleFaults(form: RuleForm): RuleFaults {
  const hasItem = form.kind !== 'silence';
  const bound = Number(form.bound);
  const faults: [keyof RuleFaults, string | false][] = [
    ['name', form.name.trim() === '' && 'Give it a name'],
    ['scopeName', form.scope !== 'fleet' && form.scopeName.trim() === '' && 'Say which'],
    ['item', hasItem && form.item.trim() === '' && 'Such as air.temperature'],
    [
      'bound',
      hasItem &&
        (!isNumber(form.bound) || (form.kind === 'rate' && bound <= 0)) &&
        (form.kind === 'rate' ? 'A number above 0' : 'A number'),
    ],
    [
      'hysteresis',
      hasItem &&
        form.hysteresis.trim() !== '' &&
        !(isNumber(form.hysteresis) && Number(form.hysteresis) >= 0) &&
        'A number, 0 or more',
    ],
    ['span', spanFault(form)],
  ];
  return Object.fromEntries(faults.filter(([, text]) => typeof text === 'string')) as RuleFaults;
}

function whenOf({ kind, item, bound, hysteresis, span }: RuleForm): RuleWhen {
  const ms = readSpan(span)!;
  const back = hysteresis.trim() === '' ? {} : { hysteresis: Number(hysteresis) };
  const name = item.trim();
  if (kind === 'silence') return { silence: ms };
  if (kind === 'rate') return { item: name, rate: Number(bound), per: ms, ...back };
  const lasting = ms === 0 ? {} : { for: ms };
  return kind === 'above'
    ? { item: name, above: Number(bound), ...back, ...lasting }
    : { item: name, below: Number(bound), ...back, ...lasting };
}

/** The rule of a form without faults, as the API takes it. Pure. */
export function ruleOf(form: RuleForm): NewRule {
  const name = form.scopeName.trim();
  const scope: RuleScope =
    form.scope === 'fleet' ? { fleet: true } : form.scope === 'group' ? { group: name } : { board: name };
  return {
    name: form.name.trim(),
    scope,
    when: whenOf(form),
    severity: form.severity,
    enabled: form.enabled,
  };
}

/** The form of a rule that is there. Pure. */
export function formOf({ name, scope, when, severity, enabled }: AlertRule): RuleForm {
  const [kind, which] = Object.entries(scope)[0]!;
  const parts: Partial<RuleForm> =
    'silence' in when
      ? { kind: 'silence', span: exactSpan(when.silence) }
      : {
          item: when.item,
          hysteresis: when.hysteresis === undefined ? '' : String(when.hysteresis),
          ...('rate' in when
            ? { kind: 'rate', bound: String(when.rate), span: exactSpan(when.per) }
            : 'above' in when
              ? { kind: 'above', bound: String(when.above), span: exactSpan(when.for ?? 0) }
              : { kind: 'below', bound: String(when.below), span: exactSpan(when.for ?? 0) }),
        };
  return {
    ...NEW_RULE,
    ...{
      name,
      severity,
      enabled,
      scope: kind as RuleForm['scope'],
      scopeName: which === true ? '' : String(which),
    },
    ...parts,
  };
}

/** When a rule fires, for people. Pure. */
export function whenText(when: RuleWhen): string {
  if ('silence' in when) return `not heard for ${exactSpan(when.silence)}`;
  if ('rate' in when)
    return `${when.item} changes by more than ${numberText(when.rate)} within ${exactSpan(when.per)}`;
  const bound = 'above' in when ? `over ${numberText(when.above)}` : `under ${numberText(when.below)}`;
  return `${when.item} ${bound}${when.for ? ` for ${exactSpan(when.for)}` : ''}`;
}

/** Pure. */
export const scopeText = (scope: RuleScope): string =>
  'fleet' in scope ? 'every board' : 'group' in scope ? `group ${scope.group}` : scope.board;
