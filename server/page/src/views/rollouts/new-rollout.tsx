import { useState } from 'preact/hooks';
import { get, post } from '../../api.ts';
import type { Release, Rollout } from '../../api-types-fleet.ts';
import { go, search } from '../../navigate.ts';
import { Card } from '../../parts/card.tsx';
import { Check, Field } from '../../parts/field.tsx';
import { Load } from '../../parts/load.tsx';
import { Failure } from '../../parts/notice.tsx';
import { View } from '../../parts/view.tsx';
import { announce } from '../../toast.ts';
import { useAction } from '../../use-action.ts';
import { useLoad } from '../../use-load.ts';
import { PLATFORMS } from '../releases/guess.ts';
import { bodyOf, type Faults, faultsOf, NEW_FORM, type RolloutForm } from './spec.ts';
import { WavesField } from './waves-field.tsx';
import { WindowField } from './window-field.tsx';

export type Change = (change: Partial<RolloutForm>) => void;

interface Known {
  groups: { name: string; boards: number }[];
  versions: string[];
}

async function load(signal: AbortSignal): Promise<Known> {
  const [{ groups }, { releases }] = await Promise.all([
    get<{ groups: Known['groups'] }>('/groups', undefined, signal),
    get<{ releases: Release[] }>('/releases', undefined, signal),
  ]);
  return { groups, versions: [...new Set(releases.map(({ version }) => version))] };
}

const toggled = (list: string[], name: string, on: boolean): string[] =>
  on ? [...list, name] : list.filter((each) => each !== name);

function Which({
  form,
  change,
  known,
  faults,
}: {
  form: RolloutForm;
  change: Change;
  known: Known;
  faults: Faults;
}) {
  return (
    <Card title="What, and for whom" padded>
      <Field
        label="Version"
        fault={faults.version}
        hint="It may be published after this: the rollout waits for it"
      >
        <input
          class="input mono"
          list="versions"
          value={form.version}
          onInput={(event) => change({ version: event.currentTarget.value })}
        />
      </Field>
      <datalist id="versions">
        {known.versions.map((version) => (
          <option key={version} value={version} />
        ))}
      </datalist>
      <fieldset class="stack">
        <legend>Groups</legend>
        <div class="checks">
          {known.groups.map(({ name, boards }) => (
            <Check
              key={name}
              label={`${name} (${boards})`}
              checked={form.groups.includes(name)}
              onChange={(on) => change({ groups: toggled(form.groups, name, on) })}
            />
          ))}
        </div>
        <span class="hint">
          {form.groups.length === 0 ? 'None is ticked: it is for all boards' : 'Boards in one of these'}
        </span>
      </fieldset>
      <fieldset class="stack">
        <legend>Platforms</legend>
        <div class="checks">
          {PLATFORMS.map((name) => (
            <Check
              key={name}
              label={name}
              checked={form.platforms.includes(name)}
              onChange={(on) => change({ platforms: toggled(form.platforms, name, on) })}
            />
          ))}
        </div>
        <span class="hint">
          {form.platforms.length === 0 ? 'None is ticked: it is for all platforms' : 'Only these'}
        </span>
      </fieldset>
    </Card>
  );
}

function Limits({ form, change, faults }: { form: RolloutForm; change: Change; faults: Faults }) {
  const input = (key: 'failures' | 'silence' | 'atOnce' | 'tries') => (
    <input
      class="input"
      value={form[key]}
      onInput={(event) => change({ [key]: event.currentTarget.value })}
    />
  );
  return (
    <Card title="Care" padded>
      <div class="two">
        <Field
          label="Pause when more fail (%)"
          hint="Of the boards of a wave; also for those that fall silent"
          fault={faults.failures}
        >
          {input('failures')}
        </Field>
        <Field label="Silent after" hint="Not heard for so long" fault={faults.silence}>
          {input('silence')}
        </Field>
        <Field label="At once" hint="Boards that update at a time, at most" fault={faults.atOnce}>
          {input('atOnce')}
        </Field>
        <Field label="Tries" hint="For each board, when the reason may pass" fault={faults.tries}>
          {input('tries')}
        </Field>
      </div>
      <Check
        label="Also for boards that run something newer, where the release may replace it"
        checked={form.downgrade}
        onChange={(downgrade) => change({ downgrade })}
      />
      <Check
        label="Takes the place of rollouts that are under way for the same boards"
        checked={form.replace}
        onChange={(replace) => change({ replace })}
      />
    </Card>
  );
}

/** Begins a rollout. */
export function NewRolloutView() {
  const known = useLoad('rollout form', load);
  const [form, setForm] = useState<RolloutForm>({ ...NEW_FORM, version: search.value.get('version') ?? '' });
  const [tried, setTried] = useState(false);
  const change: Change = (part) => setForm((before) => ({ ...before, ...part }));
  const faults = faultsOf(form);
  const shown = tried ? faults : {};
  const begin = useAction(async () => {
    const { rollout } = await post<{ rollout: Rollout }>('/rollouts', bodyOf(form));
    announce(`Rollout ${rollout.id} has begun`);
    go(`/rollouts/${rollout.id}`);
  });
  return (
    <View title="Begin a rollout">
      <Load of={known} what="Rollouts" lines={8}>
        {(found) => (
          <form
            class="stack narrow"
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              setTried(true);
              if (Object.keys(faults).length === 0) void begin.run();
            }}
          >
            <Which form={form} change={change} known={found} faults={shown} />
            <WavesField form={form} change={change} fault={shown.waves} />
            <WindowField form={form} change={change} fault={shown.window} />
            <Limits form={form} change={change} faults={shown} />
            {tried && Object.keys(faults).length > 0 && (
              <Failure text="Some fields need another look: they say what." />
            )}
            <Failure text={begin.error} />
            <div class="buttons">
              <button type="submit" class="button main" disabled={begin.busy}>
                Begin
              </button>
              <a class="button" href="/rollouts">
                Not now
              </a>
            </div>
          </form>
        )}
      </Load>
    </View>
  );
}
