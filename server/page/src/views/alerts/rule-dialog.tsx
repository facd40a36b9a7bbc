import { useState } from 'preact/hooks';
import { path, post, put, remove } from '../../api.ts';
import type { AlertRule, Severity } from '../../api-types-fleet.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Check, Field } from '../../parts/field.tsx';
import { Failure } from '../../parts/notice.tsx';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { formOf, NEW_RULE, type RuleFaults, type RuleForm, ruleFaults, ruleOf } from './rule-form.ts';

type Change = (change: Partial<RuleForm>) => void;
const SPAN_LABELS: Record<RuleForm['kind'], string> = {
  above: 'For at least',
  below: 'For at least',
  rate: 'Within',
  silence: 'Silent for',
};

function Condition({ form, change, faults }: { form: RuleForm; change: Change; faults: RuleFaults }) {
  const { kind, item, bound, hysteresis, span } = form;
  return (
    <div class="two">
      <Field label="Fires when">
        <select
          class="input"
          value={kind}
          onChange={(event) => change({ kind: event.currentTarget.value as RuleForm['kind'] })}
        >
          <option value="above">a value is over</option>
          <option value="below">a value is under</option>
          <option value="rate">a value changes by more than</option>
          <option value="silence">the board is not heard</option>
        </select>
      </Field>
      {kind !== 'silence' && (
        <>
          <Field label="Item" fault={faults.item}>
            <input
              class="input mono"
              value={item}
              onInput={(event) => change({ item: event.currentTarget.value })}
            />
          </Field>
          <Field label={kind === 'rate' ? 'Change' : 'Bound'} fault={faults.bound}>
            <input
              class="input"
              inputMode="decimal"
              value={bound}
              onInput={(event) => change({ bound: event.currentTarget.value })}
            />
          </Field>
        </>
      )}
      <Field label={SPAN_LABELS[kind]} hint="Such as 30s, 5min, 2h" fault={faults.span}>
        <input class="input" value={span} onInput={(event) => change({ span: event.currentTarget.value })} />
      </Field>
      {kind !== 'silence' && (
        <Field
          label="Over when back by"
          hint="So that it does not flutter; empty: 0"
          fault={faults.hysteresis}
        >
          <input
            class="input"
            inputMode="decimal"
            value={hysteresis}
            onInput={(event) => change({ hysteresis: event.currentTarget.value })}
          />
        </Field>
      )}
    </div>
  );
}

/** Makes or changes a rule. */
export function RuleDialog({
  rule,
  onDone,
  onClose,
}: {
  rule: AlertRule | undefined;
  onDone(): void;
  onClose(): void;
}) {
  const [form, setForm] = useState<RuleForm>(rule === undefined ? NEW_RULE : formOf(rule));
  const [tried, setTried] = useState(false);
  const change: Change = (part) => setForm((before) => ({ ...before, ...part }));
  const all = ruleFaults(form);
  const faults = tried ? all : {};
  const save = useAction(async () => {
    if (rule === undefined) await post('/alert-rules', ruleOf(form));
    else await put(path('alert-rules', rule.id), ruleOf(form), `"${rule.version}"`);
    announce('The rule is stored');
    onDone();
  });
  const drop = useAction(async ({ id, version }: AlertRule) => {
    await remove(path('alert-rules', id), `"${version}"`);
    announce('The rule is gone');
    onDone();
  });
  return (
    <Dialog
      title={rule === undefined ? 'Add a rule' : `Change ${rule.name}`}
      busy={save.busy || drop.busy}
      onClose={onClose}
    >
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (Object.keys(all).length === 0) void save.run();
        }}
      >
        <Field label="Name" fault={faults.name}>
          <input
            class="input"
            maxLength={80}
            value={form.name}
            onInput={(event) => change({ name: event.currentTarget.value })}
          />
        </Field>
        <Condition form={form} change={change} faults={faults} />
        <div class="two">
          <Field label="Watches">
            <select
              class="input"
              value={form.scope}
              onChange={(event) => change({ scope: event.currentTarget.value as RuleForm['scope'] })}
            >
              <option value="fleet">every board</option>
              <option value="group">a group</option>
              <option value="board">one board</option>
            </select>
          </Field>
          {form.scope !== 'fleet' && (
            <Field label={form.scope === 'group' ? 'Group' : 'Alias'} fault={faults.scopeName}>
              <input
                class="input mono"
                value={form.scopeName}
                onInput={(event) => change({ scopeName: event.currentTarget.value })}
              />
            </Field>
          )}
          <Field label="Severity">
            <select
              class="input"
              value={form.severity}
              onChange={(event) => change({ severity: event.currentTarget.value as Severity })}
            >
              <option>info</option>
              <option>warning</option>
              <option>critical</option>
            </select>
          </Field>
        </div>
        <Check label="Switched on" checked={form.enabled} onChange={(enabled) => change({ enabled })} />
        <Failure text={save.error ?? drop.error} />
        <div class="buttons">
          {rule !== undefined && (
            <button
              type="button"
              class="button danger"
              disabled={drop.busy}
              onClick={() => void drop.run(rule)}
            >
              Remove
            </button>
          )}
          <button type="submit" class="button main" disabled={save.busy}>
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}
