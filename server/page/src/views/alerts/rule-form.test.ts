import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleWhen } from '../../api-types-fleet.ts';
import {
  formOf,
  NEW_RULE,
  type RuleForm,
  ruleFaults,
  ruleOf,
  SPAN_LEAST,
  SPAN_MOST,
  whenText,
} from './rule-form.ts';

const form: RuleForm = { ...NEW_RULE, name: 'Too warm', item: 'air.t', bound: '30' };

test('a rule is what its form says, and its form what the rule says', () => {
  const whens: RuleWhen[] = [
    { item: 'air.t', above: 30, hysteresis: 2, for: 300_000 },
    { item: 'air.t', below: -5 },
    { item: 'air.p', rate: 3, per: 3_600_000 },
    { silence: 7_200_000 },
  ];
  for (const when of whens)
    for (const scope of [{ fleet: true } as const, { group: 'lab' }, { board: 'pi-1' }]) {
      const rule = { name: 'x', scope, when, severity: 'info' as const, enabled: false };
      assert.deepEqual(ruleOf(formOf({ ...rule, id: 'a', version: 1, created: 0 })), rule);
    }
});

test('what is wrong is said at its field', () => {
  const fault = (change: Partial<RuleForm>): string[] => Object.keys(ruleFaults({ ...form, ...change }));
  assert.deepEqual(fault({}), []);
  assert.deepEqual(Object.keys(ruleFaults(NEW_RULE)), ['name', 'item', 'bound']);
  assert.deepEqual(fault({ kind: 'silence', item: '', bound: '' }), []);
  assert.deepEqual(fault({ kind: 'rate', bound: '-1' }), ['bound']);
  assert.deepEqual(fault({ scope: 'group' }), ['scopeName']);
  assert.deepEqual(fault({ hysteresis: '-2' }), ['hysteresis']);
  assert.deepEqual(fault({ span: 'soon' }), ['span']);
  assert.deepEqual(fault({ kind: 'silence', span: `${SPAN_LEAST - 1}ms` }), ['span']);
  assert.deepEqual(fault({ kind: 'silence', span: `${SPAN_MOST / 86_400_000 + 1}d` }), ['span']);
  assert.deepEqual(fault({ span: '0s' }), []);
});

test('a rule is told in a line', () => {
  assert.equal(whenText({ item: 'air.t', above: 30, for: 300_000 }), 'air.t over 30 for 5 min');
  assert.equal(whenText({ silence: 3_600_000 }), 'not heard for 1 h');
});
