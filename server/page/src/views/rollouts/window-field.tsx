import { Card } from '../../parts/card.tsx';
import { Check, Field } from '../../parts/field.tsx';
import type { Change } from './new-rollout.tsx';
import { ALL_DAYS, type RolloutForm } from './spec.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** When updates may begin. */
export function WindowField({
  form,
  change,
  fault,
}: {
  form: RolloutForm;
  change: Change;
  fault: string | undefined;
}) {
  const { hasWindow, from, to, days, zone } = form;
  const time = (key: 'from' | 'to') => (
    <input
      class="input"
      type="time"
      value={form[key]}
      onInput={(event) => change({ [key]: event.currentTarget.value })}
    />
  );
  return (
    <Card title="Time of day" padded>
      <Check
        label="Updates begin only at certain hours, by the clock where the board is"
        checked={hasWindow}
        onChange={(on) => change({ hasWindow: on })}
      />
      {hasWindow && (
        <>
          <div class="two">
            <Field label="From" fault={fault}>
              {time('from')}
            </Field>
            <Field label="To" hint={from > to ? 'On the next day' : undefined}>
              {time('to')}
            </Field>
            <Field label="Time zone" hint="Of boards whose config names none">
              <input
                class="input"
                value={zone}
                onInput={(event) => change({ zone: event.currentTarget.value })}
              />
            </Field>
          </div>
          <fieldset class="stack">
            <legend>Days on which it opens</legend>
            <div class="checks">
              {ALL_DAYS.map((day) => (
                <Check
                  key={day}
                  label={DAYS[day - 1]!}
                  checked={days.includes(day)}
                  onChange={(on) =>
                    change({ days: on ? [...days, day] : days.filter((each) => each !== day) })
                  }
                />
              ))}
            </div>
          </fieldset>
        </>
      )}
    </Card>
  );
}
