import { useState } from 'preact/hooks';
import type { CommandResult } from '../../../../src/commands/commands.ts';
import { get, put } from '../../api.ts';
import { Card } from '../../parts/card.tsx';
import { Field } from '../../parts/field.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure, Notice } from '../../parts/notice.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';

type Kept = CommandResult<'retentionGet'>;

function Form({ kept, onDone }: { kept: Kept; onDone(): void }) {
  const [raw, setRaw] = useState(String(kept.rawDays));
  const [hours, setHours] = useState(String(kept.hourDays));
  const next = { rawDays: Number(raw), hourDays: Number(hours) };
  const isShorter = next.rawDays < kept.rawDays || next.hourDays < kept.hourDays;
  const save = useAction(async () => {
    await put('/retention', next);
    announce('Retention is changed');
    onDone();
  });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <div class="two">
        <Field label="Single values, days" hint="Every record as it came">
          <input
            class="input"
            type="number"
            min={1}
            max={3650}
            required
            value={raw}
            onInput={(event) => setRaw(event.currentTarget.value)}
          />
        </Field>
        <Field label="Values by the hour, days" hint="Mean, lowest and highest of each hour">
          <input
            class="input"
            type="number"
            min={1}
            max={36500}
            required
            value={hours}
            onInput={(event) => setHours(event.currentTarget.value)}
          />
        </Field>
      </div>
      {isShorter && <Notice kind="warn">What is older goes within minutes, and does not come back.</Notice>}
      <Failure text={save.error} />
      <div class="buttons">
        <button
          type="submit"
          class="button main"
          disabled={save.busy || (next.rawDays === kept.rawDays && next.hourDays === kept.hourDays)}
        >
          Save
        </button>
      </div>
    </form>
  );
}

/** How long values are kept. */
export function Retention() {
  const loaded = useLoad('retention', (signal) => get<Kept>('/retention', undefined, signal));
  return (
    <Card title="How long values are kept" padded>
      <Load of={loaded} what="Settings of retention" lines={2}>
        {(kept) =>
          may('admin') ? (
            <Form key={JSON.stringify(kept)} kept={kept} onDone={loaded.reload} />
          ) : (
            <p>
              Single values for {kept.rawDays} days, values by the hour for {kept.hourDays} days.
            </p>
          )
        }
      </Load>
    </Card>
  );
}
