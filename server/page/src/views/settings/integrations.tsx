import { useState } from 'preact/hooks';
import { get, path, put } from '../../api.ts';
import { Card } from '../../parts/card.tsx';
import { Check, Field } from '../../parts/field.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure, Notice } from '../../parts/notice.tsx';
import { State } from '../../parts/state.tsx';
import { may } from '../../session.ts';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';
import {
  formOf,
  KNOWN,
  type Known,
  type Setting,
  type SettingField,
  settingOf,
} from './integration-fields.ts';

interface Integration {
  name: string;
  setting: Setting;
  state?: { trouble?: string };
}

interface InputProps {
  field: SettingField;
  value: string | boolean | undefined;
  isSet: boolean;
  change(value: string | boolean): void;
}

function Input({ field: { label, hint, kind }, value, isSet, change }: InputProps) {
  if (kind === 'check') return <Check label={label} checked={value === true} onChange={change} />;
  const text = typeof value === 'string' ? value : '';
  const about = kind === 'secret' && isSet ? 'One is set; leave it empty to keep it' : hint;
  return (
    <Field label={label} hint={about}>
      {kind === 'long' ? (
        <textarea
          class="input mono"
          rows={3}
          value={text}
          onInput={(event) => change(event.currentTarget.value)}
        />
      ) : (
        <input
          {...(kind === 'secret' ? { type: 'password' as const } : {})}
          class="input"
          autocomplete="off"
          value={text}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function Form({
  integration: { name, setting },
  known: { fields },
  onDone,
}: {
  integration: Integration;
  known: Known;
  onDone(): void;
}) {
  const [form, setForm] = useState(formOf(setting, fields));
  const save = useAction(async (on: boolean) => {
    await put(path('integrations', name), settingOf(on, form, fields, setting));
    announce(on === setting.on ? 'It is stored' : on ? 'It is switched on' : 'It is switched off');
    onDone();
  });
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run(true);
      }}
    >
      {fields.map((field) => (
        <Input
          key={field.key}
          field={field}
          value={form[field.key]}
          isSet={setting[field.key] === 'set'}
          change={(value) => setForm((before) => ({ ...before, [field.key]: value }))}
        />
      ))}
      <Failure text={save.error} />
      <div class="buttons">
        <button type="submit" class={setting.on ? 'button' : 'button main'} disabled={save.busy}>
          {setting.on ? 'Save' : 'Switch on'}
        </button>
        {setting.on && (
          <button type="button" class="button" disabled={save.busy} onClick={() => void save.run(false)}>
            Switch off
          </button>
        )}
      </div>
    </form>
  );
}

function One({ integration, onDone }: { integration: Integration; onDone(): void }) {
  const { name, setting, state } = integration;
  const known = KNOWN[name] ?? { title: name, about: '', fields: [] };
  return (
    <Card
      title={known.title}
      padded
      beside={
        !setting.on ? (
          <State kind="off">off</State>
        ) : state?.trouble === undefined ? (
          <State kind="ok">on</State>
        ) : (
          <State kind="warn">does not work</State>
        )
      }
    >
      <p class="muted">{known.about}</p>
      {setting.on && state?.trouble !== undefined && <Notice kind="warn">{state.trouble}</Notice>}
      {may('admin') && (
        <details open={setting.on}>
          <summary>{setting.on ? 'Settings' : 'Set it up'}</summary>
          <Form key={JSON.stringify(setting)} integration={integration} known={known} onDone={onDone} />
        </details>
      )}
    </Card>
  );
}

/** How the tools that people already run get the values. */
export function Integrations() {
  const loaded = useLoad(
    'integrations',
    (signal) => get<{ integrations: Integration[] }>('/integrations', undefined, signal),
    15_000,
  );
  return (
    <Load of={loaded} what="Integrations">
      {({ integrations }) => (
        <div class="columns">
          {integrations.map((integration) => (
            <One key={integration.name} integration={integration} onDone={loaded.reload} />
          ))}
        </div>
      )}
    </Load>
  );
}
